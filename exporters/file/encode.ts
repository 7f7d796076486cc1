import type { LogBatch } from "#core/batch.ts";
import { NdjsonEncoder } from "#kit/encode-ndjson.ts";
import { toOtlpJson } from "#kit/encode-otlp-json.ts";

/** Bytes of a batch, valid until the next call. */
export type Encode = (batch: LogBatch) => Buffer;

export function createEncode(format: "json" | "otlp_json"): Encode {
  if (format === "otlp_json") return (batch) => Buffer.from(`${toOtlpJson(batch)}\n`);
  const encoder = new NdjsonEncoder();
  return (batch) => encoder.encode(batch).bytes;
}
