import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pick, type Random } from "#test/oracle/random.ts";
import type { Config, Family, World } from "../family.ts";

const RELOADS = 100;
const OUTCOMES = ["configuration is exchanged", "configuration is not changed", "the old one runs on"] as const;
const POLL_MS = 2;
const QUIET_MS = 100;
const PATIENCE_MS = 40_000;

interface Variant {
  readonly outcome: (typeof OUTCOMES)[number];
  readonly text: (config: Config, path: string) => string;
}

const changed =
  (change: (config: Config, path: string) => void): Variant["text"] =>
  (config, path) => {
    const copy = structuredClone(config);
    change(copy, path);
    return JSON.stringify(copy);
  };

const logs = (config: Config): Config["service"]["pipelines"][string] =>
  config.service.pipelines["logs"] as Config["service"]["pipelines"][string];

const GOOD: readonly Variant["text"][] = [
  changed(() => {}),
  changed((config) => {
    config.processors["attributes/more"] = { actions: [{ key: "more", value: "yes", action: "upsert" }] };
    logs(config).processors.push("attributes/more");
  }),
  changed((config, path) => {
    config.exporters["file/more"] = { path: join(path, "more.ndjson") };
    logs(config).exporters.push("file/more");
  }),
  changed((config) => Object.assign(config.exporters["file/queued"] ?? {}, { timeout: "20s" })),
  changed((config) => Object.assign(config.exporters["file"] ?? {}, { timeout: "20s" })),
  changed((config) => logs(config).processors.reverse()),
];

const BAD: readonly Variant[] = [
  { outcome: OUTCOMES[1], text: () => "receivers: { file_log: [" },
  { outcome: OUTCOMES[1], text: changed((config) => Object.assign(config.exporters["file"] ?? {}, { pathh: "x" })) },
  { outcome: OUTCOMES[1], text: changed((config) => logs(config).exporters.push("kafka/nowhere")) },
  { outcome: OUTCOMES[1], text: () => "" },
  {
    outcome: OUTCOMES[2],
    text: changed((config) => {
      config.exporters["file/nowhere"] = { path: "/proc/nowhere/out.ndjson" };
      logs(config).exporters.push("file/nowhere");
    }),
  },
];

/** The configuration is exchanged again and again under load, by good files and bad ones. */
export const reloadStormFamilies: Readonly<Record<string, Family>> = {
  reload_storm: {
    lives: () => {
      let left = RELOADS;
      return [
        {
          end: "SIGTERM",
          outside: async (world) => {
            for (let k = 0; k < 5 && left > 0; k++, left--) await reload(world);
          },
        },
      ];
    },
    repeats: "never",
  },
};

/** One file, one or more signals, and exactly the outcome that the file deserves. */
async function reload(world: World): Promise<void> {
  const { stage, tidewatch, config, configPath } = world;
  const { random, path, signal } = stage;
  const { outcome, text } = next(random);
  await writeFile(`${configPath}.new`, text(config, path));
  await rename(`${configPath}.new`, configPath);
  const before = counts(tidewatch.stderr());
  const signals = random() < 0.2 ? 3 : 1;
  for (let k = 0; k < signals; k++) tidewatch.child.kill("SIGHUP");
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const now = counts(tidewatch.stderr());
    if (OUTCOMES.some((other, k) => other !== outcome && now[k] !== before[k]))
      throw new Error(`a reload was to end with "${outcome}":\n${tidewatch.stderr().slice(-3000)}`);
    if (now[OUTCOMES.indexOf(outcome)] !== before[OUTCOMES.indexOf(outcome)] && now.started === now.ended) break;
    if (performance.now() > endMs) throw new Error(`a reload does not end:\n${tidewatch.stderr().slice(-3000)}`);
    if (tidewatch.child.exitCode !== null) throw new Error(`a reload ended it:\n${tidewatch.stderr().slice(-3000)}`);
    await setTimeout(POLL_MS, undefined, { signal });
  }
  if (signals > 1) await untilQuiet(world);
  await writeFile(configPath, JSON.stringify(config));
}

/** Several signals are one attempt or more. */
async function untilQuiet({ tidewatch, stage }: World): Promise<void> {
  for (let before = -1; ;) {
    const { started, ended } = counts(tidewatch.stderr());
    if (started === ended && started === before) return;
    before = started;
    await setTimeout(QUIET_MS, undefined, { signal: stage.signal });
  }
}

function next(random: Random): Variant {
  return random() < 0.5 ? { outcome: OUTCOMES[0], text: pick(random, GOOD) } : pick(random, BAD);
}

/** How often each outcome was told, and how many attempts began and ended. */
function counts(log: string): number[] & { started: number; ended: number } {
  const outcomes = OUTCOMES.map((outcome) => log.split(outcome).length - 1);
  const started = log.split("reading the configuration again").length - 1;
  return Object.assign(outcomes, { started, ended: outcomes.reduce((sum, count) => sum + count, 0) });
}
