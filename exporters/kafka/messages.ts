import { toText } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import type { LogRecord } from "#core/record.ts";
import { NdjsonEncoder } from "#kit/encode-ndjson.ts";
import { toOtlpJson } from "#kit/encode-otlp-json.ts";
import type { KafkaConfig } from "./config.ts";

/** One record on its way; owns its bytes. */
export interface OutgoingMessage {
  /** Position of the record in its batch. */
  readonly index: number;
  readonly key: string | null;
  readonly value: Buffer;
  /** Unix milliseconds, decimal. */
  readonly timestamp: string;
  readonly sizeBytes: number;
}

export type ToMessages = (batch: LogBatch) => OutgoingMessage[];

/** What a message costs beside its key and value: record header, lengths, timestamp (record format 2). */
const OVERHEAD_BYTES = 32;

/** Copies everything it takes from the batch: Kafka's client goes on using it after an abort. */
export function createToMessages(config: Pick<KafkaConfig, "encoding" | "partition_by">): ToMessages {
  const valuesOf = createEncode(config.encoding);
  return (batch) => {
    const values = valuesOf(batch);
    return Array.from(batch, (record, index) => {
      const key = keyOf(record, config.partition_by);
      const value = values[index] as Buffer;
      const sizeBytes = value.length + Buffer.byteLength(key ?? "") + OVERHEAD_BYTES;
      return { index, key, value, timestamp: timestampOf(record), sizeBytes };
    });
  };
}

function createEncode(encoding: KafkaConfig["encoding"]): (batch: LogBatch) => Buffer[] {
  if (encoding === "json") return createJsonEncode();
  return encoding === "raw" ? rawLines : otlpRequests;
}

/** One request a record, so that a reader can take any message by itself. */
function otlpRequests(batch: LogBatch): Buffer[] {
  return Array.from({ length: batch.size }, (_, i) => Buffer.from(toOtlpJson(batch.select([i]))));
}

function createJsonEncode(): (batch: LogBatch) => Buffer[] {
  const encoder = new NdjsonEncoder();
  return (batch) => {
    const { bytes, ends } = encoder.encode(batch);
    const copy = Buffer.from(bytes);
    return Array.from(ends, (end, i) => copy.subarray(i === 0 ? 0 : ends[i - 1], end - 1)); // without the line feed
  };
}

/** The lines as they were read; of a record that never was a line, its body. */
function rawLines(batch: LogBatch): Buffer[] {
  const { columns } = batch;
  if (columns === undefined) return Array.from(batch, ({ body }) => Buffer.from(toText(body)));
  return Array.from({ length: columns.count }, (_, i) =>
    Buffer.from(columns.bytes.subarray(columns.start[i], columns.end[i])),
  );
}

/** Null when the record has none of the attributes: such records may go to any partition. */
function keyOf(record: LogRecord, names: readonly string[]): string | null {
  const shared = record.resource.attributes;
  const values = names.map(
    (name) => record.attribute(name) ?? (Object.hasOwn(shared, name) ? shared[name] : undefined),
  );
  return values.every((value) => value === undefined) ? null : values.map(toText).join("/");
}

function timestampOf({ timeUnixNano, observedTimeUnixNano }: LogRecord): string {
  return String((timeUnixNano === 0n ? observedTimeUnixNano : timeUnixNano) / 1_000_000n);
}
