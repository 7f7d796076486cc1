import type { KeyTable } from "./key-table.ts";

/** The value holds JSON-style backslash escapes that a reader must undo. */
export const ESCAPED = 1;
/** The bytes may stand between JSON quotes as they are (provided that the batch is valid UTF-8). */
export const JSON_SAFE = 2;
/** At least one byte is >= 0x80. */
export const NON_ASCII = 4;

/** What the bytes of a field are: text when none of these is set; otherwise a value as OTLP's protobuf has it. */
export const KIND_MASK = 0x70;
/** A varint: 64 bits, two's complement. */
export const INT = 0x10;
/** Eight bytes, little-endian. */
export const DOUBLE = 0x20;
/** A varint, 0 or not. */
export const BOOL = 0x30;
/** Bytes that are no text. */
export const BYTES = 0x40;
/** A message ArrayValue. */
export const LIST = 0x50;
/** A message KeyValueList. */
export const MAP = 0x60;
/** No value at all. */
export const NOTHING = 0x70;

/** Int32 slots per field in `Columns.fields`: key id, first byte, byte after the last, flags. */
export const FIELD_SLOTS = 4;

export interface Severity {
  /** OpenTelemetry severity number, 0 = unspecified. */
  readonly number: number;
  /** As the source spells it. */
  readonly text: string | undefined;
}

/** Trace context. Offsets into `Columns.bytes`, or -1 where a record has none. */
export interface TraceColumns {
  /** First of 16 bytes. */
  readonly traceId: Int32Array;
  /** First of 8 bytes. */
  readonly spanId: Int32Array;
  readonly flags: Uint32Array;
}

/** Unix milliseconds, and nanoseconds to add. */
export interface TimeColumns {
  readonly ms: Float64Array;
  readonly ns: Uint32Array;
}

/**
 * Records as offsets into raw bytes: a record that nobody looks at costs no string and no object. All arrays have at least
 * one slot per record unless said otherwise, and all offsets are absolute in `bytes`. Owned by the batch: never written
 * after it was built.
 */
export interface Columns {
  readonly bytes: Buffer;
  readonly count: number;
  /** First byte of the record's raw text, and the byte after its last (line end excluded). */
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** Unix milliseconds; NaN = unknown. */
  readonly timeMs: Float64Array;
  /** Nanoseconds to add to `timeMs`, 0–999,999. */
  readonly timeNs: Uint32Array;
  /** When the records were seen, where `observed` does not say it for each. */
  readonly observedTimeUnixNano: bigint;
  readonly observed: TimeColumns | undefined;
  readonly trace: TraceColumns | undefined;
  /** Index into `severities`. */
  readonly severity: Uint8Array;
  /** Shared by all batches of a source; the first is `{ number: 0, text: undefined }`. */
  readonly severities: readonly Severity[];
  /** Index into `eventNames`. */
  readonly event: Uint8Array;
  readonly eventNames: readonly (string | undefined)[];
  /** First slot in `fields` of the record's body, or -1 when its body is the raw text (no fields) or empty. */
  readonly body: Int32Array;
  /** Record i owns fields `fieldFrom[i]` to `fieldTo[i] - 1` of `fields`; none = its body is the raw text. */
  readonly fieldFrom: Uint32Array;
  readonly fieldTo: Uint32Array;
  /** FIELD_SLOTS numbers per field. */
  readonly fields: Int32Array;
  readonly keys: KeyTable;
  /** Some field is no text. */
  readonly typed: boolean;
  /** Some record has a key twice; the last one is its value. */
  readonly repeatedKeys: boolean;
  /** All of `bytes` is valid UTF-8, so JSON_SAFE values can be copied. */
  readonly validUtf8: boolean;
}

/** How many of `fields` the records reach: the array may be longer. */
export function usedFields({ fieldTo, count }: Pick<Columns, "fieldTo" | "count">): number {
  let used = 0;
  for (let i = 0; i < count; i++) used = Math.max(used, fieldTo[i] as number);
  return used;
}
