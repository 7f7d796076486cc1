import { fileURLToPath } from "node:url";
import { setImmediate } from "node:timers/promises";
import { startProgram, type TidewatchProcess } from "#test/oracle/tidewatch-process.ts";
import type { Life, Source, Stage, World } from "./family.ts";
import type { InsideFault } from "./inside/inside-fault.ts";

const CHILD = fileURLToPath(new URL("inside/child.ts", import.meta.url));
const RUNNING = "everything is running";
/** The promise is 10 s from SIGTERM to the end of the process; the rest is for a machine that is busy. */
const STOP_MS = 12_000;

/** Starts the program; it is killed when the run has taken too long. */
export function startLife(configPath: string, inside: InsideFault | undefined, signal: AbortSignal): TidewatchProcess {
  const tidewatch = startProgram(CHILD, [configPath, JSON.stringify(inside ?? null)]);
  const kill = (): void => void tidewatch.child.kill("SIGKILL");
  if (signal.aborted) kill();
  signal.addEventListener("abort", kill);
  void tidewatch.ended().then(() => signal.removeEventListener("abort", kill));
  return tidewatch;
}

/** Resolves once it runs. @throws when it ends before. */
export function running(tidewatch: TidewatchProcess): Promise<void> {
  return tidewatch.printed(RUNNING);
}

/** One life with what goes wrong in it, while the source writes. */
export async function live(life: Life, world: Omit<World, "tidewatch">, source: Source): Promise<void> {
  const { stage, configPath } = world;
  await using tidewatch = startLife(configPath, life.inside, stage.signal);
  let ended = false;
  void tidewatch.ended().then(() => (ended = true));
  await running(tidewatch).catch(() => undefined);
  const mustGoOn = (steps: number): boolean =>
    !ended && !stage.signal.aborted && (steps > 0 || life.goesOn?.({ ...world, tidewatch }) === true);
  // In steps that the program can follow, so that the end finds it in the middle of its work.
  for (let steps = 20 + Math.floor(stage.random() * 40); mustGoOn(steps); steps--) {
    await source.write(1 + Math.floor(stage.random() * 40));
    if (!ended) await life.outside?.({ ...world, tidewatch });
    for (let turns = Math.floor(stage.random() * 3000); turns > 0 && !ended; turns--) await setImmediate();
  }
  stage.signal.throwIfAborted();
  if (!ended && life.end === "SIGTERM") await stopCleanly(tidewatch, stage);
  else if (!ended) await tidewatch.stop("SIGKILL");
  else if ((await tidewatch.ended()) !== "SIGKILL" && life.mayFail !== true)
    throw new Error(`tidewatch gave up:\n${tidewatch.stderr().slice(-4000)}`);
  await life.afterwards?.(stage);
}

/** @throws when it does not end in time, or with another code than 0. */
export async function stopCleanly(tidewatch: TidewatchProcess, { signal }: Stage): Promise<void> {
  const startMs = performance.now();
  const code = await tidewatch.stop("SIGTERM");
  signal.throwIfAborted();
  const tookMs = performance.now() - startMs;
  if (code !== 0) throw new Error(`tidewatch ended with ${code}:\n${tidewatch.stderr().slice(-4000)}`);
  if (tookMs > STOP_MS) throw new Error(`tidewatch took ${Math.round(tookMs)} ms to stop`);
}
