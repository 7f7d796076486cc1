import type { AttributeValue } from "./attributes.ts";
import { BOOL, BYTES, DOUBLE, INT, KIND_MASK, LIST, MAP } from "./columns.ts";

/** Deeper values read as null: a source may nest as it likes, and a reader has one stack. */
const MAX_DEPTH = 32;

/** Kind of value by field number in OTLP's message AnyValue (opentelemetry/proto/common/v1); 1 is text. */
const KINDS = [-1, 0, BOOL, INT, DOUBLE, LIST, MAP, BYTES] as const;

/** What a field of the kind in `flags` holds at `bytes[from, to)`. Bytes that are no such value read as null. */
export function decodeTyped(bytes: Buffer, from: number, to: number, flags: number): AttributeValue {
  try {
    return new Reader(bytes, from, to).value(flags & KIND_MASK, MAX_DEPTH);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Reads protobuf's wire format between two offsets. Throws RangeError at what is none. */
class Reader {
  readonly #bytes: Buffer;
  readonly #to: number;
  #at: number;

  constructor(bytes: Buffer, from: number, to: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
  }

  value(kind: number, depth: number): AttributeValue {
    switch (kind) {
      case 0:
        return this.#bytes.toString("utf8", this.#at, this.#to);
      case INT:
        return exactInteger(BigInt.asIntN(64, this.#varint()));
      case DOUBLE:
        if (this.#to - this.#at !== 8) throw new RangeError("no double");
        return this.#bytes.readDoubleLE(this.#at);
      case BOOL:
        return this.#varint() !== 0n;
      case BYTES:
        return new Uint8Array(this.#bytes.subarray(this.#at, this.#to));
      case LIST:
        return this.#list(depth);
      case MAP:
        return this.#map(depth);
      default:
        return null;
    }
  }

  /** ArrayValue: `values` = 1. */
  #list(depth: number): AttributeValue {
    const values: AttributeValue[] = [];
    this.#fields((number, inner) => {
      if (number === 1) values.push(inner.#any(depth - 1));
    });
    return values;
  }

  /** KeyValueList: `values` = 1, each a KeyValue of `key` = 1 and `value` = 2; the last of duplicated keys wins. */
  #map(depth: number): AttributeValue {
    const map: Record<string, AttributeValue> = Object.create(null) as Record<string, AttributeValue>;
    this.#fields((number, inner) => {
      if (number !== 1) return;
      let key = "";
      let value: AttributeValue = null;
      inner.#fields((part, content) => {
        if (part === 1) key = content.value(0, 0) as string;
        else if (part === 2) value = content.#any(depth - 1);
      });
      map[key] = value;
    });
    return map;
  }

  #any(depth: number): AttributeValue {
    if (depth <= 0) return null;
    let value: AttributeValue = null;
    this.#fields((number, inner) => {
      const kind = KINDS[number] ?? -1;
      if (kind >= 0) value = inner.value(kind, depth);
    });
    return value;
  }

  /** Every field with a reader of its content. */
  #fields(onField: (number: number, content: Reader) => void): void {
    while (this.#at < this.#to) {
      const tag = Number(this.#varint());
      const start = this.#at;
      let from = start;
      let end: number;
      switch (tag % 8) {
        case 0:
          this.#varint();
          end = this.#at;
          break;
        case 1:
          end = start + 8;
          break;
        case 2: {
          const length = Number(this.#varint());
          from = this.#at;
          end = from + length;
          break;
        }
        case 5:
          end = start + 4;
          break;
        default:
          throw new RangeError("no wire type");
      }
      if (end > this.#to) throw new RangeError("field ends behind its message");
      onField(Math.floor(tag / 8), new Reader(this.#bytes, from, end));
      this.#at = end;
    }
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.#at >= this.#to) break;
      const byte = this.#bytes[this.#at++] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("no varint");
  }
}

/** A number where it is exact. */
function exactInteger(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
