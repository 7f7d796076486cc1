import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRandom } from "#test/oracle/random.ts";
import { freePorts } from "#test/support/free-port.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { configOf } from "./config-of.ts";
import type { Balance, Pipeline, Source, Stage } from "./family.ts";
import { FAMILIES } from "./families.ts";
import { lastLife } from "./last-life.ts";
import { live } from "./life.ts";
import { filePipeline } from "./sinks/file-pipeline.ts";
import { RenamedLog } from "./sources/renamed-log.ts";

export interface RunResult extends Balance {
  readonly fault: string;
  readonly seed: number;
  /** Records by which the counters of the last life do not add up. */
  readonly unreconciled: number;
  /** Records that came twice although this family allows none to. */
  readonly repeated_wrongly: number;
}

/** A run that takes longer has failed: nothing may wait for ever. */
const RUN_MS = 120_000;

/** Small seeds that follow one another would begin alike. */
const SPREAD = 0x9e3779b1;

/** One seeded run: lives of the process that go wrong as the family says, a source that is written meanwhile, the balance. */
export async function conserve(fault: string, seed: number): Promise<RunResult> {
  const family = FAMILIES[fault];
  if (family === undefined) throw new Error(`no such fault: ${fault}; there are ${Object.keys(FAMILIES).join(" ")}`);
  await using dir = await tempDir();
  const [port = 0] = await freePorts(1);
  const tooLong = new AbortController();
  const timer = setTimeout(() => tooLong.abort(new Error(`took longer than ${RUN_MS} ms`)), RUN_MS);
  const stage: Stage = { path: dir.path, seed, random: createRandom(Math.imul(seed, SPREAD)), signal: tooLong.signal };
  const source: Source = (await family.source?.(stage)) ?? new RenamedLog(stage);
  const pipeline: Pipeline = (await family.pipeline?.(stage)) ?? filePipeline(stage);
  try {
    const config = configOf(stage, source, pipeline, port);
    const configPath = join(dir.path, "tidewatch.yaml");
    await writeFile(configPath, JSON.stringify(config, undefined, 2));
    const world = { stage, config, configPath, sinks: pipeline.sinks };
    await source.write(1);
    for (const life of family.lives(stage)) await live(life, world, source);
    const { unexplained, ...balance } = await lastLife({
      ...world,
      source,
      metricsPort: port,
      last: family.last,
    });
    return { fault, seed, ...balance, repeated_wrongly: family.repeats === "never" ? unexplained : 0 };
  } catch (error) {
    throw tooLong.signal.aborted ? tooLong.signal.reason : error;
  } finally {
    clearTimeout(timer);
    for (const sink of pipeline.sinks) await sink.close?.();
    await source.close?.();
  }
}

/** Whether nothing went wrong. */
export function isClean(result: RunResult): boolean {
  const { lost, invented, out_of_order, unreconciled, repeated_wrongly } = result;
  return lost + invented + out_of_order + unreconciled + repeated_wrongly === 0;
}
