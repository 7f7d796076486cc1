import { hash } from "node:crypto";
import type { LogBatch } from "#core/batch.ts";
import { type Encoded, NdjsonEncoder } from "#kit/encode-ndjson.ts";
import type { ElasticsearchConfig } from "./config.ts";
import { otelFormat, PLAIN_FORMAT } from "./document-formats.ts";
import { ecsDocument } from "./ecs-document.ts";

type Settings = Pick<ElasticsearchConfig, "logs_index" | "mapping" | "document_id">;

/** The body of a `_bulk` request that creates one document per record, in their order. The result is the caller's. */
export function createToBulkBody(settings: Settings): (batch: LogBatch) => Buffer {
  const encode = createEncode(settings);
  const withIds = settings.document_id === "hash";
  return (batch) => {
    const { bytes, ends } = encode(batch);
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (const [i, end] of ends.entries()) {
      const document = bytes.subarray(from, end);
      const id = withIds ? documentId(batch, i, document) : undefined;
      pieces.push(id === undefined ? CREATE : Buffer.from(`{"create":{"_id":"${id}"}}\n`), document);
      from = end;
    }
    return Buffer.concat(pieces);
  };
}

/** Whoever gives a record this attribute says that no other has the same. */
const UNIQUE = "log.record.uid";

const CREATE = Buffer.from('{"create":{}}\n');

function createEncode(settings: Settings): (batch: LogBatch) => Encoded {
  if (settings.mapping.mode === "ecs") return encodeEcs;
  const encoder = new NdjsonEncoder(settings.mapping.mode === "otel" ? otelFormat(settings) : PLAIN_FORMAT);
  return (batch) => encoder.encode(batch);
}

function encodeEcs(batch: LogBatch): Encoded {
  const ends = new Uint32Array(batch.size);
  let end = 0;
  const lines = Array.from(batch, (record, i) => {
    const line = Buffer.from(`${ecsDocument(record)}\n`);
    ends[i] = end += line.length;
    return line;
  });
  return { bytes: Buffer.concat(lines), ends };
}

/**
 * An id that is the same whenever this record of this batch is sent, and another one for every other record: equal lines
 * of a log are told apart by where they stand in the bytes that were read together. Records that are objects have one
 * only if they are unique by themselves, as alerts are: two equal ones would be stored as one.
 */
function documentId(batch: LogBatch, i: number, document: Uint8Array): string | undefined {
  const start = batch.columns?.start[i];
  if (start === undefined && batch.at(i).attribute(UNIQUE) === undefined) return undefined;
  const digest = hash("sha256", document, "base64url").slice(0, 32);
  return start === undefined ? digest : `${digest}.${start.toString(36)}`;
}
