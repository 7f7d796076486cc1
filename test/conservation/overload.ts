import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createRandom } from "#test/oracle/random.ts";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";
import { freePorts } from "#test/support/free-port.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { configOf } from "./config-of.ts";
import { stopCleanly } from "./life.ts";
import { peakMemoryMiB } from "./memory-of.ts";
import { SlowSink } from "./sinks/slow-sink.ts";
import { FloodLog } from "./sources/flood-log.ts";
import { numberOf } from "./sources/numbered-ledger.ts";

/**
 * `node test/conservation/overload.ts --minutes M --limit-mib L`: so long comes ten times what the sink takes; then the
 * sink takes all, until everything is there. Prints one JSON object. Fails when memory was above the limit, or records
 * are missing.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    "limit-mib": { type: "string", default: "300" },
    "records-per-second": { type: "string", default: "2000" },
  },
});
const [minutes, limitMiB, rate] = [values.minutes, values["limit-mib"], values["records-per-second"]].map(Number) as [
  number,
  number,
  number,
];
/** Nothing new for so long: what is missing is lost. */
const QUIET_MS = 30_000;

await using dir = await tempDir();
const [port = 0] = await freePorts(1);
const stage = { path: dir.path, seed: 0, random: createRandom(0), signal: new AbortController().signal };
const source = new FloodLog(stage, 1);
const sink = await SlowSink.start(rate);
const configPath = join(dir.path, "tidewatch.yaml");
await writeFile(configPath, JSON.stringify(configOf(stage, source, sink.pipeline(limitMiB), port)));

/** How often each number came; room for twice what is written. */
const times = new Uint8Array(rate * 10 * 60 * minutes * 2 + 10_000);
let taken = 0;
let invented = 0;
const take = (line: string): void => {
  const n = numberOf(line)?.n;
  if (n === undefined || n >= source.written) invented++;
  else {
    const before = times[n] ?? 0;
    times[n] = before + 1;
    if (before === 0) taken++;
  }
};

await using tidewatch = startTidewatch(["run", "--config", configPath]);
await tidewatch.printed("everything is running");
const startMs = performance.now();
while (performance.now() - startMs < minutes * 60_000) {
  const wanted = ((performance.now() - startMs) / 1000) * rate * 10;
  if (source.written < wanted) await source.write(wanted - source.written);
  await sink.poll(take);
  await setTimeout(100);
}
const takenUnderLoad = taken;
sink.heal();
for (let newsMs = performance.now(), before = 0; taken < source.written && performance.now() - newsMs < QUIET_MS;) {
  await setTimeout(100);
  await sink.poll(take);
  if (taken > before) newsMs = performance.now();
  before = taken;
}
const maxMemoryMiB = peakMemoryMiB(tidewatch.child.pid);
await stopCleanly(tidewatch, stage);
await sink.close();
const result = {
  bench: "overload",
  minutes,
  limit_mib: limitMiB,
  max_rss_mib: Math.round(maxMemoryMiB),
  records: source.written,
  taken_under_load: takenUnderLoad,
  lost: source.written - taken,
  invented,
  repeated: times.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
if (result.max_rss_mib > limitMiB || result.lost + result.invented > 0) process.exitCode = 1;
