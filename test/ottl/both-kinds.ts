import assert from "node:assert/strict";
import type { Attributes } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import type { ProcessorFactory } from "#core/factory.ts";
import { ObjectBatch, type PlainRecord } from "#core/object-batch.ts";
import { NdjsonEncoder } from "#kit/encode-ndjson.ts";
import { toOtlpJson } from "#kit/encode-otlp-json.ts";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { recordingConsumer } from "#test/support/fake-consumers.ts";
import { type FakeContext, fakeContext } from "#test/support/fake-context.ts";

export interface Outcome {
  /** Records that went on, as an encoder writes them. */
  readonly records: readonly Record<string, unknown>[];
  readonly batches: readonly LogBatch[];
  readonly context: FakeContext;
}

const NOBODY = { consume: () => Promise.resolve() };

/** Runs a processor, built from raw configuration, on a batch. */
export async function process(factory: ProcessorFactory, raw: unknown, batch: LogBatch): Promise<Outcome> {
  const next = recordingConsumer();
  const context = fakeContext({ id: factory.type });
  await factory.prepare(raw)(context, next, NOBODY).consume(batch, new AbortController().signal);
  const encoder = new NdjsonEncoder();
  const records = next.batches.flatMap((out) =>
    encoder
      .encode(out)
      .bytes.toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
  return { records, batches: next.batches, context };
}

/** The same on the same records as objects and as columns: both must tell, encode and set aside the same. */
export async function processBoth(
  factory: ProcessorFactory,
  raw: unknown,
  records: readonly PlainRecord[],
  resource: Attributes = {},
): Promise<{ readonly objects: Outcome; readonly columns: Outcome }> {
  const objects = await process(factory, raw, new ObjectBatch({ attributes: resource }, records));
  const columns = await process(factory, raw, columnBatchOf({ attributes: resource }, records));
  assert.deepEqual(columns.records, objects.records);
  assert.deepEqual(columns.batches.map(toOtlpJson), objects.batches.map(toOtlpJson));
  const aside = ({ context }: Outcome): unknown[] =>
    context.rejected.map(({ records: batch, reason }) => [reason.message, Array.from(batch, ({ body }) => body)]);
  assert.deepEqual(aside(columns), aside(objects));
  return { objects, columns };
}

/** A record of texts, which both kinds of batch can hold. */
export function textRecord(
  body: string,
  attributes: Readonly<Record<string, string>> = {},
  severityNumber = 9,
): PlainRecord {
  const severityText = severityNumber >= 13 ? "WARN" : "INFO";
  return {
    timeUnixNano: 1_786_069_211_487_776_265n,
    observedTimeUnixNano: 5_000_000n,
    severityNumber,
    severityText,
    body,
    attributes,
  };
}
