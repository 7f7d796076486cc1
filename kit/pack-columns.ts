import { type Columns, FIELD_SLOTS, type TimeColumns, type TraceColumns } from "#core/columns.ts";

/** Year 9999. */
const MAX_UNIX_MS = 253_402_300_799_999;

/** Columns stand at multiples of this: every kind of array can be a view on them. */
export const ALIGNMENT = 8;

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
  | "observed"
  | "trace"
>;

/** Columns as one run of bytes. Views on it, and indexes of layers. */
export interface Packed {
  readonly columns: Arrays;
  readonly indexes: readonly Uint32Array[];
}

/** Whole numbers, none below zero. */
export interface PackedShape {
  readonly records: number;
  readonly fields: number;
  readonly bytes: number;
  /** Layer indexes that follow the columns. */
  readonly indexes: number;
  /** Whether each record has its own time of observation, and trace context. */
  readonly observed: boolean;
  readonly trace: boolean;
}

/** What records take up of the bytes and of the fields of their columns: from, and to (exclusive). */
export interface Extent {
  readonly from: number;
  readonly to: number;
  readonly fieldFrom: number;
  readonly fieldTo: number;
}

export function extentOf({ count, start, end, fieldFrom, fieldTo, fields, trace }: Columns): Extent {
  let from = Infinity;
  let to = 0;
  let first = Infinity;
  let last = 0;
  for (let i = 0; i < count; i++) {
    from = Math.min(from, start[i] as number);
    to = Math.max(to, end[i] as number);
    for (const [offsets, length] of idsOf(trace)) {
      const at = offsets[i] as number;
      if (at < 0) continue;
      from = Math.min(from, at);
      to = Math.max(to, at + length);
    }
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

/** Offsets of ids, and how many bytes each has. */
function idsOf(trace: TraceColumns | undefined): readonly (readonly [Int32Array, number])[] {
  return trace === undefined
    ? []
    : [
        [trace.traceId, 16],
        [trace.spanId, 8],
      ];
}

export function packedBytes({ records, fields, bytes, indexes, observed, trace }: PackedShape): number {
  const each = 34 + 4 * indexes + (observed ? 12 : 0) + (trace ? 12 : 0);
  return records * each + fields * FIELD_SLOTS * 4 + bytes;
}

/** The shape that the records of `extent` have, with so many layer indexes. */
export function shapeOf({ count, observed, trace }: Columns, extent: Extent, indexes: number): PackedShape {
  return {
    records: count,
    fields: extent.fieldTo - extent.fieldFrom,
    bytes: extent.to - extent.from,
    indexes,
    observed: observed !== undefined,
    trace: trace !== undefined,
  };
}

/**
 * Leaves out bytes before the first record and behind the last, and fields of no record: a few records selected from a
 * block do not take the whole block with them. `into` starts at a multiple of ALIGNMENT and is as long as `packedBytes`
 * says; the views that come back are the same records, standing on `into`.
 */
export function packColumns(columns: Columns, indexes: readonly Uint32Array[], extent: Extent, into: Buffer): Packed {
  const { count } = columns;
  const { from, to, fieldFrom, fieldTo } = extent;
  const packed = viewsOn(into, shapeOf(columns, extent, indexes.length));
  const { columns: out } = packed;
  out.timeMs.set(columns.timeMs.subarray(0, count));
  out.timeNs.set(columns.timeNs.subarray(0, count));
  out.severity.set(columns.severity.subarray(0, count));
  out.event.set(columns.event.subarray(0, count));
  columns.bytes.copy(out.bytes, 0, from, to);
  out.observed?.ms.set((columns.observed as TimeColumns).ms.subarray(0, count));
  out.observed?.ns.set((columns.observed as TimeColumns).ns.subarray(0, count));
  out.trace?.flags.set((columns.trace as TraceColumns).flags.subarray(0, count));
  for (const [k, [ids]] of idsOf(out.trace).entries()) {
    const [source] = idsOf(columns.trace)[k] as readonly [Int32Array, number];
    for (let i = 0; i < count; i++) ids[i] = (source[i] as number) < 0 ? -1 : (source[i] as number) - from;
  }
  for (const [k, index] of indexes.entries()) packed.indexes[k]?.set(index.subarray(0, count));
  for (let i = 0; i < count; i++) {
    out.start[i] = (columns.start[i] as number) - from;
    out.end[i] = (columns.end[i] as number) - from;
    // A record without fields may say that they stand anywhere: it says nothing then, and must not point outside.
    out.fieldFrom[i] = within((columns.fieldFrom[i] as number) - fieldFrom, fieldTo - fieldFrom);
    out.fieldTo[i] = within((columns.fieldTo[i] as number) - fieldFrom, fieldTo - fieldFrom);
    const body = columns.body[i] as number;
    out.body[i] = body < 0 ? body : body - fieldFrom * FIELD_SLOTS;
  }
  const { fields } = out;
  fields.set(columns.fields.subarray(fieldFrom * FIELD_SLOTS, fieldTo * FIELD_SLOTS));
  if (from > 0) {
    for (let slot = 0; slot < fields.length; slot += FIELD_SLOTS) {
      fields[slot + 1] = (fields[slot + 1] as number) - from;
      fields[slot + 2] = (fields[slot + 2] as number) - from;
    }
  }
  return packed;
}

const within = (value: number, limit: number): number => Math.min(Math.max(0, value), limit);

/**
 * Views on `packed`, which must not change any more; on a copy of it where it is not aligned. `keys`: how many there are
 * that fields may have. @throws RangeError when the bytes do not fit the shape, or a column points outside.
 */
export function unpackColumns(packed: Buffer, shape: PackedShape, keys: number): Packed {
  if (packed.length !== packedBytes(shape)) throw new RangeError("length does not fit the counts");
  const aligned = packed.byteOffset % ALIGNMENT === 0 ? packed : Buffer.from(new Uint8Array(packed).buffer);
  const unpacked = viewsOn(aligned, shape);
  if (!pointsInside(unpacked.columns, shape, keys)) throw new RangeError("a column points outside the batch");
  return unpacked;
}

function viewsOn({ buffer, byteOffset }: Buffer, shape: PackedShape): Packed {
  const { records: count, bytes: byteCount, indexes: indexCount, observed } = shape;
  let at = byteOffset;
  const take = <A>(make: (offset: number) => A, length: number): A => {
    const array = make(at);
    at += length;
    return array;
  };
  const doubles = (): Float64Array => take((offset) => new Float64Array(buffer, offset, count), count * 8);
  const integers = (): Int32Array => take((offset) => new Int32Array(buffer, offset, count), count * 4);
  const words = (): Uint32Array => take((offset) => new Uint32Array(buffer, offset, count), count * 4);
  const timeMs = doubles();
  const observedMs = observed ? doubles() : undefined;
  const [timeNs, start, end, fieldFrom, fieldTo] = [words(), words(), words(), words(), words()];
  const body = integers();
  const traced = shape.trace ? { traceId: integers(), spanId: integers(), flags: words() } : undefined;
  const seen = observedMs && { ms: observedMs, ns: words() };
  const indexes = Array.from({ length: indexCount }, words);
  const slots = shape.fields * FIELD_SLOTS;
  const fields = take((offset) => new Int32Array(buffer, offset, slots), slots * 4);
  const severity = take((offset) => new Uint8Array(buffer, offset, count), count);
  const event = take((offset) => new Uint8Array(buffer, offset, count), count);
  const columns = { count, timeMs, timeNs, start, end, fieldFrom, fieldTo, body, observed: seen, trace: traced };
  return { columns: { ...columns, fields, severity, event, bytes: Buffer.from(buffer, at, byteCount) }, indexes };
}

function isTime(ms: number, ns: number): boolean {
  return Number.isSafeInteger(ms) && Math.abs(ms) <= MAX_UNIX_MS && ns < 1_000_000;
}

/** Every time is one and every offset is within the bytes or fields, so that no reader can be led outside them. */
function pointsInside(
  columns: Arrays,
  { records: count, fields: fieldCount, bytes: byteCount }: PackedShape,
  keys: number,
): boolean {
  const { start, end, fieldFrom, fieldTo, body, fields, timeMs, timeNs, observed, trace } = columns;
  for (let i = 0; i < count; i++) {
    if ((start[i] as number) > (end[i] as number) || (end[i] as number) > byteCount) return false;
    if ((fieldFrom[i] as number) > (fieldTo[i] as number) || (fieldTo[i] as number) > fieldCount) return false;
    if (!Number.isNaN(timeMs[i]) && !isTime(timeMs[i] as number, timeNs[i] as number)) return false;
    if (observed !== undefined && !isTime(observed.ms[i] as number, observed.ns[i] as number)) return false;
    for (const [ids, length] of idsOf(trace))
      if ((ids[i] as number) !== -1 && !((ids[i] as number) >= 0 && (ids[i] as number) + length <= byteCount))
        return false;
    const slot = body[i] as number;
    if (slot >= 0 && (slot % FIELD_SLOTS !== 0 || slot >= fieldCount * FIELD_SLOTS)) return false;
  }
  for (let slot = 0; slot < fieldCount * FIELD_SLOTS; slot += FIELD_SLOTS) {
    const [key, from, to] = [fields[slot] as number, fields[slot + 1] as number, fields[slot + 2] as number];
    if (key < 0 || key >= keys || from < 0 || from > to || to > byteCount) return false;
  }
  return true;
}
