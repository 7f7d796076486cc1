import { type Attributes, type AttributeValue, toJson } from "#core/attributes.ts";
import { EvaluationError } from "./evaluation-error.ts";

/** A point in time; `offsetSeconds` is the zone that its parts (`Hour`, …) are told in. */
export class Time {
  readonly unixNano: bigint;
  readonly offsetSeconds: number;

  constructor(unixNano: bigint, offsetSeconds = 0) {
    this.unixNano = unixNano;
    this.offsetSeconds = offsetSeconds;
  }
}

export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/**
 * What an expression comes to. An int64 is a `bigint` and a double a `number`; inside lists and maps, values stay as
 * the record has them, where a `number` that is a safe integer is an int.
 */
export type Value = AttributeValue | Time | Duration;

/** An attribute as a value; an absent one is nil. */
export function fromAttribute(value: AttributeValue | undefined): Value {
  if (value === undefined) return null;
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** A value as an attribute. @throws EvaluationError for times and durations, which no attribute can hold. */
export function toAttribute(value: Value): AttributeValue {
  if (typeof value === "bigint") {
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }
  if (value instanceof Time) throw new EvaluationError("a time cannot be stored here; use UnixNano or FormatTime");
  if (value instanceof Duration)
    throw new EvaluationError("a duration cannot be stored here; use Nanoseconds or Seconds");
  return value;
}

export function isList(value: Value | undefined): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

export function isMap(value: Value | undefined): value is Attributes {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Time) &&
    !(value instanceof Duration)
  );
}

/** OTTL's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return "nil";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Time) return "time";
  if (value instanceof Duration) return "duration";
  if (isList(value)) return "list";
  switch (typeof value) {
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "boolean":
      return "bool";
    case "string":
      return "string";
    default:
      return "map";
  }
}

/** Text of a scalar as OTTL prints it; undefined for nil. Bytes as hexadecimal digits, structures as JSON. */
export function toStringLike(value: Value): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number") return doubleText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (value instanceof Time) return value.unixNano.toString();
  if (value instanceof Duration) return `${value.nanos}ns`;
  return typeof value === "object" ? toJson(value) : String(value);
}

/** Shortest digits that give the double again, without an exponent. */
export function doubleText(value: number): string {
  const text = String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text.replace("Infinity", "+Inf").replace("-+", "-");
  const [, sign = "", lead = "", rest = "", exponent = "0"] = parts;
  const digits = lead + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, "0");
}

/** Null-prototype map: a key may be called `__proto__`. */
export function newMap(from?: Attributes): Record<string, AttributeValue> {
  return Object.assign(Object.create(null) as Record<string, AttributeValue>, from);
}
