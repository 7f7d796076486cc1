import { setTimeout } from "node:timers/promises";
import type { Family, World } from "../family.ts";
import { peakMemoryMiB } from "../memory-of.ts";
import { SlowSink } from "../sinks/slow-sink.ts";
import { FloodLog } from "../sources/flood-log.ts";

const LIMIT_MIB = 300;
/** Between two steps of the source, each of which writes some 4000 records. */
const STEP_MS = 200;
/** A tenth of what comes. */
const RECORDS_PER_SECOND = 2000;

/** Ten times what the sink takes comes in: memory stays below its limit, and the files wait. */
export const overloadFamilies: Readonly<Record<string, Family>> = {
  overload: {
    lives: () => [{ end: "SIGTERM", outside: stayBelowLimit }],
    source: (stage) => new FloodLog(stage, 200),
    pipeline: async () => (await SlowSink.start(RECORDS_PER_SECOND)).pipeline(LIMIT_MIB),
  },
};

async function stayBelowLimit({ stage, tidewatch }: World): Promise<void> {
  await setTimeout(STEP_MS, undefined, { signal: stage.signal });
  const memoryMiB = peakMemoryMiB(tidewatch.child.pid);
  if (memoryMiB > LIMIT_MIB) throw new Error(`memory went to ${Math.round(memoryMiB)} MiB, the limit is ${LIMIT_MIB}`);
}
