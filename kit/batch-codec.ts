import * as z from "zod";
import { AttributeSet, type Attributes, type AttributeValue } from "#core/attributes.ts";
import type { LogBatch, OverlayLayer } from "#core/batch.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { TidewatchError } from "#core/errors.ts";
import type { Severity } from "#core/columns.ts";
import { KeyTable } from "#core/key-table.ts";
import { ObjectBatch, type PlainRecord } from "#core/object-batch.ts";
import { parseExact, toExactJson } from "./exact-json.ts";
import { ALIGNMENT, extentOf, packColumns, packedBytes, unpackColumns } from "./pack-columns.ts";

/** The first four bytes say the kind and the version. */
const COLUMNS = "TWC1";
const OBJECTS = "TWO1";
const HEAD_BYTES = 8;

/** Year 9999: beyond it there is no RFC 3339. */
const MAX_UNIX_NANO = 253_402_300_799_999_999_999n;

/** Tables that decoded batches share; sources are few, and one that invents keys must not fill the memory. */
const MAX_TABLES = 16;
const MAX_SETS = 20_000;

const attributes = z.custom<Attributes>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array),
);
const unixNano = z.bigint().min(0n).max(MAX_UNIX_NANO);
const whole = z.int().min(0);

const columnHead = z.object({
  resource: attributes,
  keys: z.array(z.string()),
  /** JSON texts, for the same reason. */
  severities: z.string(),
  event_names: z.string(),
  observed: unixNano,
  /** Sets as texts of their own: most of them were in the batch before, and texts are cheap to know again. */
  layers: z.array(z.object({ sets: z.array(z.string()), indexed: z.boolean() })),
  repeated_keys: z.boolean(),
  valid_utf8: z.boolean(),
  counts: z.object({ records: whole, fields: whole, bytes: whole }),
});
type ColumnHead = z.output<typeof columnHead>;

const severityList = z.array(z.tuple([z.int(), z.string().nullable()]));
const nameList = z.array(z.string().nullable());

const objectHead = z.object({
  resource: attributes,
  records: z.array(
    z.object({
      time: unixNano,
      observed: unixNano,
      severity: z.int(),
      text: z.string().optional(),
      event: z.string().optional(),
      body: z.custom<AttributeValue>(),
      attributes,
    }),
  ),
});
type ObjectHead = z.output<typeof objectHead>;

/** A batch as bytes, and the same records, which need nothing but these bytes and may outlive the batch they came from. */
interface EncodedBatch {
  readonly bytes: Buffer;
  readonly batch: LogBatch;
}

/**
 * A batch as bytes that stand alone, and back: what a durable queue keeps. Columns and raw bytes are copied as they are
 * (machines that Node runs on are little-endian); shared texts are JSON. A batch may stand on the bytes that it was
 * decoded from: they must not change any more.
 */
export class BatchCodec {
  readonly #tables = new Known<KeyTable>(MAX_TABLES, (text) => tableOf(JSON.parse(text) as string[]));
  readonly #severities = new Known<readonly Severity[]>(MAX_TABLES, (text) =>
    severityList.parse(JSON.parse(text)).map(([number, name]) => ({ number, text: name ?? undefined })),
  );
  readonly #eventNames = new Known<readonly (string | undefined)[]>(MAX_TABLES, (text) =>
    nameList.parse(JSON.parse(text)).map((name) => name ?? undefined),
  );
  readonly #sets = new Known<AttributeSet>(MAX_SETS, (text) => new AttributeSet(attributes.parse(parseExact(text))));

  /** The bytes are the caller's, who does not change them. */
  encode(batch: LogBatch): EncodedBatch {
    return batch instanceof ColumnBatch ? encodeColumns(batch) : { bytes: encodeObjects(batch), batch };
  }

  /** @throws TidewatchError when these are not the bytes of a batch, or those of a newer version. */
  decode(bytes: Uint8Array): LogBatch {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    try {
      const kind = view.toString("latin1", 0, 4);
      const length = view.readUInt32LE(4);
      if (length > view.length - HEAD_BYTES) throw new RangeError("head is longer than the batch");
      const head = parseExact(view.toString("utf8", HEAD_BYTES, HEAD_BYTES + length));
      if (kind === OBJECTS) return decodeObjects(objectHead.parse(head));
      if (kind === COLUMNS) return this.#columns(columnHead.parse(head), view.subarray(HEAD_BYTES + length));
      throw new RangeError(`kind or version ${JSON.stringify(kind)} is unknown`);
    } catch (error) {
      throw new TidewatchError("these bytes are not a batch", { cause: error, code: "batch_bytes" });
    }
  }

  #columns(head: ColumnHead, body: Buffer): ColumnBatch {
    const indexes = head.layers.filter(({ indexed }) => indexed).length;
    const packed = unpackColumns(body, { ...head.counts, indexes }, head.keys.length);
    let next = 0;
    const layers = head.layers.map(({ sets, indexed }): OverlayLayer => {
      const index = indexed ? packed.indexes[next++] : undefined;
      if (index?.some((k) => k > sets.length) ?? sets.length === 0)
        throw new RangeError("layer refers to a missing set");
      return { sets: sets.map((text) => this.#sets.get(text)), index };
    });
    const severities = this.#severities.get(head.severities);
    const eventNames = this.#eventNames.get(head.event_names);
    const { severity, event } = packed.columns;
    if (severity.some((k) => k >= severities.length) || event.some((k) => k >= eventNames.length))
      throw new RangeError("record refers to a missing severity or event name");
    return new ColumnBatch(
      { attributes: head.resource },
      {
        ...packed.columns,
        observedTimeUnixNano: head.observed,
        severities,
        eventNames,
        keys: this.#tables.get(JSON.stringify(head.keys)),
        repeatedKeys: head.repeated_keys,
        validUtf8: head.valid_utf8,
      },
      layers,
    );
  }
}

/** Objects made from texts, each once; forgotten all together when there are too many. */
class Known<T> {
  readonly #max: number;
  readonly #make: (text: string) => T;
  readonly #made = new Map<string, T>();

  constructor(max: number, make: (text: string) => T) {
    this.#max = max;
    this.#make = make;
  }

  get(text: string): T {
    const known = this.#made.get(text);
    if (known !== undefined) return known;
    const made = this.#make(text);
    if (this.#made.size >= this.#max) this.#made.clear();
    this.#made.set(text, made);
    return made;
  }
}

/** A table in which each key has its position as its id. */
function tableOf(names: readonly string[]): KeyTable {
  const table = new KeyTable();
  for (const [id, name] of names.entries()) if (table.intern(name) !== id) throw new RangeError("a key stands twice");
  return table;
}

/** The text of a set, made once as long as the set lives. */
const setTexts = new WeakMap<AttributeSet, string>();

function textOf(set: AttributeSet): string {
  let text = setTexts.get(set);
  if (text === undefined) {
    text = toExactJson(set.attributes);
    setTexts.set(set, text);
  }
  return text;
}

function encodeColumns(batch: ColumnBatch): EncodedBatch {
  const { columns, layers, resource } = batch;
  const indexes = layers.flatMap(({ index }) => (index === undefined ? [] : [index]));
  const extent = extentOf(columns);
  const counts = { records: columns.count, fields: extent.fieldTo - extent.fieldFrom, bytes: extent.to - extent.from };
  const head: ColumnHead = {
    resource: resource.attributes,
    keys: Array.from({ length: columns.keys.size }, (_, id) => columns.keys.name(id)),
    severities: JSON.stringify(columns.severities.map(({ number, text }) => [number, text ?? null])),
    event_names: JSON.stringify(columns.eventNames.map((name) => name ?? null)),
    observed: columns.observedTimeUnixNano,
    layers: layers.map(({ sets, index }) => ({
      sets: sets.map(textOf),
      indexed: index !== undefined,
    })),
    repeated_keys: columns.repeatedKeys,
    valid_utf8: columns.validUtf8,
    counts,
  };
  const { bytes, body } = withHead(COLUMNS, head, packedBytes({ ...counts, indexes: indexes.length }));
  const packed = packColumns(columns, indexes, extent, body);
  let next = 0;
  const standing = new ColumnBatch(
    resource,
    { ...columns, ...packed.columns },
    layers.map(({ sets, index }) => ({ sets, index: index === undefined ? index : packed.indexes[next++] })),
  );
  return { bytes, batch: standing };
}

function encodeObjects(batch: LogBatch): Buffer {
  const records = Array.from(batch, (record) => ({
    time: record.timeUnixNano,
    observed: record.observedTimeUnixNano,
    severity: record.severityNumber,
    ...(record.severityText === undefined ? {} : { text: record.severityText }),
    ...(record.eventName === undefined ? {} : { event: record.eventName }),
    body: record.body,
    attributes: record.attributes,
  }));
  return withHead(OBJECTS, { resource: batch.resource.attributes, records }, 0).bytes;
}

function decodeObjects(head: ObjectHead): ObjectBatch {
  const records = head.records.map(({ time, observed, severity, text, event, body, attributes: own }): PlainRecord => ({
    timeUnixNano: time,
    observedTimeUnixNano: observed,
    severityNumber: severity,
    ...(text === undefined ? {} : { severityText: text }),
    ...(event === undefined ? {} : { eventName: event }),
    body,
    attributes: own,
  }));
  return new ObjectBatch({ attributes: head.resource }, records);
}

/** Kind, length of the head, the head, and room for a body; the head ends in blanks so that the body is aligned. */
function withHead(kind: string, head: AttributeValue, bodyBytes: number): { bytes: Buffer; body: Buffer } {
  const text = toExactJson(head);
  const length = Buffer.byteLength(text);
  const padded = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.allocUnsafeSlow(HEAD_BYTES + padded + bodyBytes);
  bytes.write(kind, "latin1");
  bytes.writeUInt32LE(padded, 4);
  bytes.write(text, HEAD_BYTES);
  bytes.fill(0x20, HEAD_BYTES + length, HEAD_BYTES + padded);
  return { bytes, body: bytes.subarray(HEAD_BYTES + padded) };
}
