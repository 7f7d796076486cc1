import { type Attributes, type AttributeValue, toJson } from "#core/attributes.ts";
import { isInt64 } from "./limits.ts";
import type { ReverseWriter } from "./reverse-writer.ts";

// AnyValue of opentelemetry/proto/common/v1/common.proto: field number and wire type in one byte.
export const STRING_VALUE = 0x0a;
const BOOL_VALUE = 0x10;
const INT_VALUE = 0x18;
const DOUBLE_VALUE = 0x21;
const ARRAY_VALUE = 0x2a;
const KVLIST_VALUE = 0x32;
const BYTES_VALUE = 0x3a;

/** Field 1 of ArrayValue, KeyValueList and KeyValue; field 2 of KeyValue. */
const VALUES = 0x0a;
const KEY = 0x0a;
const VALUE = 0x12;

/** Deeper values are written as JSON: protobuf readers give up at 100 messages within each other, and a value is two. */
const MAX_DEPTH = 32;

/** The fields of an AnyValue; null has none. */
export function writeAnyValue(writer: ReverseWriter, value: AttributeValue, depth = 0): void {
  switch (typeof value) {
    case "string":
      return writeText(writer, value);
    case "boolean":
      writer.byte(value ? 1 : 0);
      return writer.byte(BOOL_VALUE);
    case "bigint":
      return isInt64(value) ? writeInt(writer, value) : writeText(writer, value.toString());
    case "number":
      if (Number.isSafeInteger(value)) return writeNumber(writer, value);
      writer.double(value);
      return writer.byte(DOUBLE_VALUE);
    default:
      return value === null ? undefined : writeStructure(writer, value, depth);
  }
}

/** One KeyValue per attribute, each under `tag`. */
export function writeKeyValues(writer: ReverseWriter, tag: number, attributes: Attributes, depth = 0): void {
  const entries = Object.entries(attributes);
  for (let i = entries.length - 1; i >= 0; i--) {
    const [key, value] = entries[i] as [string, AttributeValue];
    const mark = writer.mark();
    const valueMark = writer.mark();
    writeAnyValue(writer, value, depth);
    writer.close(VALUE, valueMark);
    const keyMark = writer.mark();
    writer.text(key);
    writer.close(KEY, keyMark);
    writer.close(tag, mark);
  }
}

function writeStructure(writer: ReverseWriter, value: Exclude<AttributeValue, string | null>, depth: number): void {
  const mark = writer.mark();
  if (value instanceof Uint8Array) {
    writer.bytes(value);
    return writer.close(BYTES_VALUE, mark);
  }
  if (depth >= MAX_DEPTH) return writeText(writer, toJson(value));
  if (!Array.isArray(value)) {
    writeKeyValues(writer, VALUES, value as Attributes, depth + 1);
    return writer.close(KVLIST_VALUE, mark);
  }
  for (let i = value.length - 1; i >= 0; i--) {
    const valueMark = writer.mark();
    writeAnyValue(writer, value[i] as AttributeValue, depth + 1);
    writer.close(VALUES, valueMark);
  }
  return writer.close(ARRAY_VALUE, mark);
}

function writeText(writer: ReverseWriter, value: string): void {
  const mark = writer.mark();
  writer.text(value);
  writer.close(STRING_VALUE, mark);
}

function writeInt(writer: ReverseWriter, value: bigint): void {
  writer.varint64(value);
  writer.byte(INT_VALUE);
}

function writeNumber(writer: ReverseWriter, value: number): void {
  if (value < 0) return writeInt(writer, BigInt(value));
  writer.varint(value);
  writer.byte(INT_VALUE);
}
