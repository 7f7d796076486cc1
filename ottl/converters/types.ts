import { EvaluationError } from "../evaluation-error.ts";
import { converter } from "../function-definition.ts";
import { parseDouble, parseInteger } from "#core/parse-number.ts";
import { TextBudget } from "../text-budget.ts";
import { Duration, isList, isMap, Time, toStringLike, typeName, type Value } from "../value.ts";

const typeTest = (name: string, is: (value: Value) => boolean) =>
  converter(name, ["value"], (args) => {
    const get = args.any("value");
    return (frame) => is(get(frame));
  });

const conversion = (name: string, convert: (value: Value) => Value) =>
  converter(name, ["value"], (args) => {
    const get = args.any("value");
    return (frame) => convert(get(frame));
  });

/** What a value is, and one type made of another; what cannot be converted is nil. */
export const TYPE_CONVERTERS = [
  typeTest("IsString", (value) => typeof value === "string"),
  typeTest("IsInt", (value) => typeof value === "bigint"),
  typeTest("IsDouble", (value) => typeof value === "number"),
  typeTest("IsBool", (value) => typeof value === "boolean"),
  typeTest("IsMap", isMap),
  typeTest("IsList", isList),
  typeTest("IsEmpty", isEmpty),
  conversion("Int", toInt),
  conversion("Double", toDouble),
  conversion("Bool", toBool),
  conversion("String", (value) => {
    const text = toStringLike(value);
    return text === undefined ? null : new TextBudget().spend(text);
  }),
  converter("Len", ["target"], (args) => {
    const get = args.any("target");
    return (frame) => {
      const value = get(frame);
      // Go counts the bytes of a string.
      if (typeof value === "string") return BigInt(Buffer.byteLength(value));
      if (isList(value)) return BigInt(value.length);
      if (isMap(value)) return BigInt(Object.keys(value).length);
      if (value instanceof Uint8Array) return BigInt(value.length);
      throw new EvaluationError(`Len: target must be a string, a list or a map, got ${typeName(value)}`);
    };
  }),
  converter("ParseInt", ["target", "base"], (args) => {
    const target = args.string("target");
    const base = args.int("base");
    return (frame) => {
      const number = parseInteger(target(frame), Number(base(frame)));
      if (number === undefined) throw new EvaluationError("ParseInt: target is no integer of this base");
      return number;
    };
  }),
];

function isEmpty(value: Value): boolean {
  if (value === null || value === "" || value === 0n || value === 0 || value === false) return true;
  if (value instanceof Uint8Array) return value.every((byte) => byte === 0);
  if (value instanceof Time) return value.unixNano === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  return isList(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

function toInt(value: Value): Value {
  switch (typeof value) {
    case "bigint":
      return value;
    case "number":
      return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : null;
    case "boolean":
      return value ? 1n : 0n;
    case "string":
      return parseInteger(value, 10) ?? null;
    default:
      return null;
  }
}

function toDouble(value: Value): Value {
  switch (typeof value) {
    case "number":
      return value;
    case "bigint":
      return Number(value);
    case "boolean":
      return value ? 1 : 0;
    case "string":
      return parseDouble(value) ?? null;
    default:
      return null;
  }
}

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);

function toBool(value: Value): Value {
  if (typeof value === "boolean") return value;
  if (typeof value === "bigint") return value !== 0n;
  if (typeof value === "number") return value !== 0;
  if (typeof value !== "string") return null;
  if (TRUE.has(value)) return true;
  return FALSE.has(value) ? false : null;
}
