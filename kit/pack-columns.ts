import { type Columns, FIELD_SLOTS } from "#core/columns.ts";

/** Year 9999. */
const MAX_UNIX_MS = 253_402_300_799_999;

type Arrays = Pick<
  Columns,
  | "bytes"
  | "count"
  | "start"
  | "end"
  | "timeMs"
  | "timeNs"
  | "severity"
  | "event"
  | "body"
  | "fieldFrom"
  | "fieldTo"
  | "fields"
>;

/** Columns as one run of bytes, in pieces, and what is needed to take it apart again. */
interface Packed {
  readonly parts: readonly Uint8Array[];
  readonly fields: number;
  readonly bytes: number;
}

/** Whole numbers, none below zero. */
export interface PackedShape {
  readonly records: number;
  readonly fields: number;
  readonly bytes: number;
  /** Layer indexes that follow the columns. */
  readonly indexes: number;
  /** Keys that fields may have. */
  readonly keys: number;
}

const asBytes = (array: Uint8Array | Uint32Array | Int32Array | Float64Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/**
 * Leaves out bytes before the first record and behind the last, and fields of no record: a few records selected from a
 * block do not take the whole block with them. Pieces may be views on the columns.
 */
export function packColumns(columns: Columns, indexes: readonly Uint32Array[]): Packed {
  const { count } = columns;
  const { from, to, fieldFrom, fieldTo } = extent(columns);
  const fields = columns.fields.slice(fieldFrom * FIELD_SLOTS, fieldTo * FIELD_SLOTS);
  for (let slot = 0; slot < fields.length; slot += FIELD_SLOTS) {
    fields[slot + 1] = (fields[slot + 1] as number) - from;
    fields[slot + 2] = (fields[slot + 2] as number) - from;
  }
  // A record without fields may say that they stand anywhere: it says nothing then, and must not point outside.
  const shifted = (array: Uint32Array, by: number, limit: number): Uint32Array =>
    array.slice(0, count).map((value) => Math.min(Math.max(0, value - by), limit));
  const body = columns.body.slice(0, count);
  if (fieldFrom !== 0)
    for (let i = 0; i < count; i++)
      if ((body[i] as number) >= 0) body[i] = (body[i] as number) - fieldFrom * FIELD_SLOTS;
  const parts = [
    columns.timeMs.subarray(0, count),
    columns.timeNs.subarray(0, count),
    shifted(columns.start, from, to - from),
    shifted(columns.end, from, to - from),
    shifted(columns.fieldFrom, fieldFrom, fieldTo - fieldFrom),
    shifted(columns.fieldTo, fieldFrom, fieldTo - fieldFrom),
    body,
    ...indexes.map((index) => index.subarray(0, count)),
    fields,
    columns.severity.subarray(0, count),
    columns.event.subarray(0, count),
    columns.bytes.subarray(from, to),
  ].map(asBytes);
  return { parts, fields: fieldTo - fieldFrom, bytes: to - from };
}

/** What the records take up of the bytes and of the fields. */
function extent({ count, start, end, fieldFrom, fieldTo, fields }: Columns) {
  let from = Infinity;
  let to = 0;
  let first = Infinity;
  let last = 0;
  for (let i = 0; i < count; i++) {
    from = Math.min(from, start[i] as number);
    to = Math.max(to, end[i] as number);
    if (fieldFrom[i] === fieldTo[i]) continue;
    first = Math.min(first, fieldFrom[i] as number);
    last = Math.max(last, fieldTo[i] as number);
  }
  if (first > last) first = last;
  for (let slot = first * FIELD_SLOTS; slot < last * FIELD_SLOTS; slot += FIELD_SLOTS) {
    from = Math.min(from, fields[slot + 1] as number);
    to = Math.max(to, fields[slot + 2] as number);
  }
  return { from: Math.min(from, to), to, fieldFrom: first, fieldTo: last };
}

/** Copies the columns out of `packed`. @throws RangeError when they do not fit their shape, or point outside. */
export function unpackColumns(packed: Buffer, shape: PackedShape): { columns: Arrays; indexes: Uint32Array[] } {
  const { records: count, fields: fieldCount, bytes: byteCount, indexes: indexCount } = shape;
  if (packed.length !== count * (34 + 4 * indexCount) + fieldCount * FIELD_SLOTS * 4 + byteCount)
    throw new RangeError("length does not fit the counts");
  // A copy whose start is aligned for every kind of array.
  const { buffer } = new Uint8Array(packed);
  let at = 0;
  const take = <A>(make: (offset: number) => A, length: number): A => {
    const array = make(at);
    at += length;
    return array;
  };
  const words = (): Uint32Array<ArrayBuffer> => take((offset) => new Uint32Array(buffer, offset, count), count * 4);
  const columns = {
    count,
    timeMs: take((offset) => new Float64Array(buffer, offset, count), count * 8),
    timeNs: words(),
    start: words(),
    end: words(),
    fieldFrom: words(),
    fieldTo: words(),
    body: take((offset) => new Int32Array(buffer, offset, count), count * 4),
  };
  const indexes = Array.from({ length: indexCount }, words);
  const slots = fieldCount * FIELD_SLOTS;
  const fields = take((offset) => new Int32Array(buffer, offset, slots), slots * 4);
  const severity = take((offset) => new Uint8Array(buffer, offset, count), count);
  const event = take((offset) => new Uint8Array(buffer, offset, count), count);
  const bytes = Buffer.from(buffer, at, byteCount);
  const unpacked = { ...columns, fields, severity, event, bytes };
  if (!pointsInside(unpacked, shape)) throw new RangeError("a column points outside the batch");
  return { columns: unpacked, indexes };
}

/** Every time is one and every offset is within the bytes or fields, so that no reader can be led outside them. */
function pointsInside(
  columns: Arrays,
  { records: count, fields: fieldCount, bytes: byteCount, keys }: PackedShape,
): boolean {
  const { start, end, fieldFrom, fieldTo, body, fields, timeMs, timeNs } = columns;
  for (let i = 0; i < count; i++) {
    if ((start[i] as number) > (end[i] as number) || (end[i] as number) > byteCount) return false;
    if ((fieldFrom[i] as number) > (fieldTo[i] as number) || (fieldTo[i] as number) > fieldCount) return false;
    const ms = timeMs[i] as number;
    if (!Number.isNaN(ms) && !(Number.isSafeInteger(ms) && Math.abs(ms) <= MAX_UNIX_MS)) return false;
    if ((timeNs[i] as number) >= 1_000_000) return false;
    const slot = body[i] as number;
    if (slot >= 0 && (slot % FIELD_SLOTS !== 0 || slot >= fieldCount * FIELD_SLOTS)) return false;
  }
  for (let slot = 0; slot < fieldCount * FIELD_SLOTS; slot += FIELD_SLOTS) {
    const [key, from, to] = [fields[slot] as number, fields[slot + 1] as number, fields[slot + 2] as number];
    if (key < 0 || key >= keys || from < 0 || from > to || to > byteCount) return false;
  }
  return true;
}
