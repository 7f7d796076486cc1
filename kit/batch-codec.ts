import * as z from "zod";
import { AttributeSet } from "#core/attributes.ts";
import type { LogBatch, OverlayLayer } from "#core/batch.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { TidewatchError } from "#core/errors.ts";
import type { Severity } from "#core/columns.ts";
import { KeyTable } from "#core/key-table.ts";
import { attributes, described, fromResource, HEAD_BYTES, toResource, unixNano, withHead } from "./batch-head.ts";
import { parseExact, toExactJson } from "./exact-json.ts";
import { decodeObjects, encodeObjects, OBJECTS } from "./object-batch-codec.ts";
import { extentOf, packColumns, packedBytes, shapeOf, unpackColumns } from "./pack-columns.ts";

/** The first four bytes say the kind and the version. */
const COLUMNS = "TWC1";

/** Tables that decoded batches share; sources are few, and one that invents keys must not fill the memory. */
const MAX_TABLES = 16;
const MAX_SETS = 20_000;

const whole = z.int().min(0);

const columnHead = z.object({
  resource: attributes,
  ...described,
  keys: z.array(z.string()),
  /** JSON texts, for the same reason. */
  severities: z.string(),
  event_names: z.string(),
  observed: unixNano,
  /** Sets as texts of their own: most of them were in the batch before, and texts are cheap to know again. */
  layers: z.array(z.object({ sets: z.array(z.string()), indexed: z.boolean() })),
  repeated_keys: z.boolean(),
  // Missing in what earlier versions wrote.
  typed: z.boolean().default(false),
  observed_each: z.boolean().default(false),
  trace: z.boolean().default(false),
  valid_utf8: z.boolean(),
  counts: z.object({ records: whole, fields: whole, bytes: whole }),
});

const severityList = z.array(z.tuple([z.int(), z.string().nullable()]));
const nameList = z.array(z.string().nullable());

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
      if (kind === OBJECTS) return decodeObjects(head);
      if (kind === COLUMNS) return this.#columns(columnHead.parse(head), view.subarray(HEAD_BYTES + length));
      throw new RangeError(`kind or version ${JSON.stringify(kind)} is unknown`);
    } catch (error) {
      throw new TidewatchError("these bytes are not a batch", { cause: error, code: "batch_bytes" });
    }
  }

  #columns(head: z.output<typeof columnHead>, body: Buffer): ColumnBatch {
    const indexes = head.layers.filter(({ indexed }) => indexed).length;
    const shape = { ...head.counts, indexes, observed: head.observed_each, trace: head.trace };
    const packed = unpackColumns(body, shape, head.keys.length);
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
      toResource(head),
      {
        ...packed.columns,
        observedTimeUnixNano: head.observed,
        severities,
        eventNames,
        keys: this.#tables.get(JSON.stringify(head.keys)),
        typed: head.typed,
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
  const shape = shapeOf(columns, extent, indexes.length);
  const head = {
    ...fromResource(resource),
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
    typed: columns.typed,
    observed_each: shape.observed,
    trace: shape.trace,
    counts: { records: shape.records, fields: shape.fields, bytes: shape.bytes },
  };
  const { bytes, body } = withHead(COLUMNS, head, packedBytes(shape));
  const packed = packColumns(columns, indexes, extent, body);
  let next = 0;
  const standing = new ColumnBatch(
    resource,
    { ...columns, ...packed.columns },
    layers.map(({ sets, index }) => ({ sets, index: index === undefined ? index : packed.indexes[next++] })),
  );
  return { bytes, batch: standing };
}
