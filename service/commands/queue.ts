import { TidewatchError } from "#core/errors.ts";
import { nearestName } from "#core/nearest-name.ts";
import { isStorageExtension } from "#core/storage.ts";
import { BatchCodec } from "#kit/batch-codec.ts";
import { NdjsonEncoder } from "#kit/encode-ndjson.ts";
import { openQueue } from "#kit/queue/open-queue.ts";
import { type QueueReport, readQueue, verifyQueue } from "#kit/queue/read-queue.ts";
import { terminalText } from "#kit/terminal-text.ts";
import { systemClock } from "../clock.ts";
import { partAt } from "../config/located.ts";
import { Service } from "../service.ts";
import { createOwnLog } from "../telemetry/logger.ts";
import type { Command, CommandHost, CommandOptions } from "./command.ts";
import { loadChecked } from "./load-checked.ts";

/** A queue on the disk that the configuration has. */
interface ConfiguredQueue {
  readonly exporter: string;
  readonly directory: string;
}

type Work = (queue: ConfiguredQueue, options: CommandOptions, host: CommandHost) => Promise<boolean>;

const WORKS: Readonly<Record<string, Work>> = { inspect, verify, export: exportRecords, repair };

export const queueCommand: Command = {
  summary: "look at sending queues on the disk: inspect, verify, export or repair them",
  usage: "inspect|verify|export|repair [EXPORTER]",
  async run(options, host) {
    const [word = "inspect", exporter] = options.positionals;
    const work = Object.hasOwn(WORKS, word) ? WORKS[word] : undefined;
    if (work === undefined) {
      const suggestion = nearestName(word, Object.keys(WORKS));
      const hint = suggestion === undefined ? "" : `; did you mean "${suggestion}"?`;
      const message = `queue knows inspect, verify, export and repair, not "${terminalText(word, 50)}"${hint}`;
      throw new TidewatchError(message, { code: "usage" });
    }
    let sound = true;
    for (const queue of chosen(configuredQueues(options, host), exporter)) {
      sound = (await work(queue, options, host)) && sound;
    }
    return sound ? 0 : 1;
  },
};

/** Exporters whose `sending_queue` names a storage, and where that keeps their queue. Nothing is started. */
function configuredQueues(options: CommandOptions, host: CommandHost): ConfiguredQueue[] {
  const { config, root } = loadChecked(options, host);
  const service = new Service(config, createOwnLog(config.service.telemetry.logs, host.err), systemClock);
  return [...config.exporters.keys()].flatMap((exporter) => {
    const storage = partAt(root, ["exporters", exporter, "sending_queue", "storage"]);
    if (storage?.kind !== "scalar" || typeof storage.value !== "string") return [];
    const extension = service.extension(storage.value);
    if (extension === undefined || !isStorageExtension(extension)) return [];
    return [{ exporter, directory: extension.directory(exporter) }];
  });
}

function chosen(queues: readonly ConfiguredQueue[], exporter: string | undefined): readonly ConfiguredQueue[] {
  if (queues.length === 0)
    throw new TidewatchError("no exporter has a sending_queue with storage", { code: "unknown_queue" });
  if (exporter === undefined) return queues;
  const named = queues.filter((queue) => queue.exporter === exporter);
  if (named.length > 0) return named;
  const ids = queues.map((queue) => queue.exporter);
  throw new TidewatchError(`"${terminalText(exporter, 60)}" has no queue on the disk; these have: ${ids.join(", ")}`, {
    code: "unknown_queue",
  });
}

/** What waits to be sent. Beside a running Tidewatch the newest may be missing. */
async function inspect(
  { exporter, directory }: ConfiguredQueue,
  options: CommandOptions,
  host: CommandHost,
): Promise<boolean> {
  const sum = { batches: 0, records: 0, bytes: 0, oldest: "", alerts: 0 };
  for await (const item of existing(directory)) {
    if (item.done) continue;
    sum.batches++;
    sum.records += item.records;
    sum.bytes += item.payload.length;
    if (item.priority > 0) sum.alerts += item.records;
    if (sum.oldest === "") sum.oldest = new Date(item.appendedUnixMs).toISOString();
  }
  if (options.json) host.out.write(`${JSON.stringify({ exporter, directory, ...sum })}\n`);
  else {
    const since = sum.oldest === "" ? "" : `, since ${sum.oldest}`;
    host.out.write(`${exporter}  ${sum.records} records in ${sum.batches} batches, ${sum.bytes} bytes${since}\n`);
  }
  return true;
}

/** Reads everything; false when something is damaged or missing. */
async function verify(
  { exporter, directory }: ConfiguredQueue,
  options: CommandOptions,
  host: CommandHost,
): Promise<boolean> {
  const report = await verifyQueue(directory).catch(absent);
  if (report === undefined) {
    host.out.write(`${exporter}  no queue yet\n`);
    return true;
  }
  const problems = problemsOf(report);
  if (options.json)
    host.out.write(`${JSON.stringify({ exporter, directory, sound: problems.length === 0, ...report })}\n`);
  else {
    const items = report.segments.reduce((total, segment) => total + segment.items, 0);
    const verdict = problems.length === 0 ? "sound" : `${problems.length} problems`;
    host.out.write(`${exporter}  ${report.segments.length} files, ${items} items: ${verdict}\n`);
    for (const problem of problems) host.out.write(`  ${problem}\n`);
  }
  return problems.length === 0;
}

function problemsOf({ cursor, segments }: QueueReport): string[] {
  const problems = cursor === "whole" ? [] : [`cursor is ${cursor}: everything still there would be sent again`];
  for (const { file, headerDamaged, missing, damage, tornBytes } of segments) {
    if (headerDamaged) problems.push(`${file}: header is damaged (costs no item)`);
    for (const { offset, bytes } of damage) problems.push(`${file}: ${bytes} damaged bytes at ${offset}`);
    if (missing > 0) problems.push(`${file}: ${missing} items are missing`);
    if (tornBytes > 0)
      problems.push(`${file}: ${tornBytes} bytes of an unfinished write at its end (nobody was told it is safe)`);
  }
  return problems;
}

/** What is not sent yet, as JSON lines. */
async function exportRecords(
  { exporter, directory }: ConfiguredQueue,
  _options: CommandOptions,
  host: CommandHost,
): Promise<boolean> {
  const codec = new BatchCodec();
  const encoder = new NdjsonEncoder();
  let sound = true;
  for await (const { done, payload, file, offset } of existing(directory)) {
    if (done) continue;
    try {
      host.out.write(encoder.encode(codec.decode(payload)).bytes.toString("utf8"));
    } catch {
      host.err.write(`${exporter}: item at ${offset} of ${file} is no batch\n`);
      sound = false;
    }
  }
  return sound;
}

/** Does what a start does: cuts unfinished writes, replaces a cursor that is gone. Refused while Tidewatch runs. */
async function repair(
  { exporter, directory }: ConfiguredQueue,
  _options: CommandOptions,
  host: CommandHost,
): Promise<boolean> {
  const log = createOwnLog({ level: "info", encoding: "console" }, host.err);
  const queue = await openQueue(directory, { min_free_bytes: 0 }, { clock: systemClock, log: log.of(undefined) });
  const { items, records, tornBytes, damagedRanges } = queue.stats();
  await queue.close();
  await log.shutdown();
  host.out.write(
    `${exporter}  ${records} records in ${items} batches to be sent; ${tornBytes} bytes of an unfinished write were cut, ${damagedRanges} damaged places are passed over\n`,
  );
  return true;
}

async function* existing(directory: string): ReturnType<typeof readQueue> {
  try {
    yield* readQueue(directory);
  } catch (error) {
    absent(error);
  }
}

/** A queue that was never opened has no folder. */
function absent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
