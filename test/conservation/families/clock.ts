import { setTimeout } from "node:timers/promises";
import type { Family, Life, Stage, World } from "../family.ts";
import type { InsideFault } from "../inside/inside-fault.ts";
import { HalfLineLog } from "../sources/half-line-log.ts";
import { RenamedAwayLog } from "../sources/renamed-away-log.ts";

const HOUR_MS = 3_600_000;

/** The wall clock is set an hour back or forward while the program runs. */
export const clockFamilies: Readonly<Record<string, Family>> = {
  clock_back: family(-1),
  clock_forward: family(1),
};

function family(direction: 1 | -1): Family {
  // A little more than an hour: what is kept for an hour is over then.
  const inside: InsideFault = { kind: "clock", shiftMs: direction * (HOUR_MS + 60_000) };
  const outside = ({ stage, tidewatch }: World): void => {
    if (stage.random() < 0.05) tidewatch.child.kill("SIGUSR2");
  };
  const life = (stage: Stage): Life => ({ inside, outside, end: stage.random() < 0.5 ? "SIGKILL" : "SIGTERM" });
  const lastly = async ({ stage, tidewatch }: World): Promise<void> => {
    // What came last is being read, or waits for the end of its line.
    await setTimeout(stage.random() * 400);
    tidewatch.child.kill("SIGUSR2");
  };
  return { lives: (stage) => [life(stage), life(stage)], last: { inside, lastly }, source: halfOrAway };
}

function halfOrAway(stage: Stage): HalfLineLog | RenamedAwayLog {
  return stage.random() < 0.5 ? new HalfLineLog(stage) : new RenamedAwayLog(stage);
}
