import type { Attributes, AttributeValue } from "#core/attributes.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { MAX_ELEMENTS, MAX_VALUE_DEPTH } from "./limits.ts";
import { fromAttribute, isList, isMap, newMap, typeName, type Value } from "./value.ts";

/** A key as it was evaluated: a name in a map or a position in a list. */
export type Key = string | number;

/** A value as a key. @throws EvaluationError for anything but a string or an int. */
export function toKey(value: Value): Key {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw new EvaluationError(`a key must be a string or a position, got ${typeName(value)}`);
}

/** What stands below `value` at these keys. An absent name gives undefined; a wrong position or type is an error. */
export function readAt(value: AttributeValue | undefined, keys: readonly Key[]): AttributeValue | undefined {
  let current = value;
  for (const key of keys) {
    if (current === undefined || current === null) return undefined;
    if (isMap(current)) {
      if (typeof key !== "string") throw new EvaluationError("a map is indexed with a string, got int");
      current = Object.hasOwn(current, key) ? current[key] : undefined;
    } else if (isList(current)) {
      if (typeof key !== "number") throw new EvaluationError("a list is indexed with an int, got string");
      if (key >= current.length)
        throw new EvaluationError(`the position is out of bounds, the list has ${current.length}`);
      current = current[key];
    } else throw new EvaluationError(`a ${typeName(fromAttribute(current))} cannot be indexed`);
  }
  return current;
}

/** A copy of `value` with the part below these keys replaced; maps and lists that are not there yet are made. */
export function writeAt(value: AttributeValue | undefined, keys: readonly Key[], part: AttributeValue): AttributeValue {
  const [key, ...rest] = keys;
  if (key === undefined) return part;
  if (keys.length > MAX_VALUE_DEPTH) throw new EvaluationError("the keys reach too deep");
  if (value === undefined || value === null) {
    if (typeof key === "string") return namedMap(key, writeAt(undefined, rest, part));
    if (key >= MAX_ELEMENTS) throw new EvaluationError(`a new list may have ${MAX_ELEMENTS} elements at most`);
    return [...Array.from({ length: key }, () => null), writeAt(undefined, rest, part)];
  }
  if (isMap(value)) {
    if (typeof key !== "string") throw new EvaluationError("a map is indexed with a string, got int");
    const copy = newMap(value);
    copy[key] = writeAt(Object.hasOwn(value, key) ? value[key] : undefined, rest, part);
    return copy;
  }
  if (isList(value)) {
    if (typeof key !== "number") throw new EvaluationError("a list is indexed with an int, got string");
    if (key >= value.length) throw new EvaluationError(`the position is out of bounds, the list has ${value.length}`);
    return value.with(key, writeAt(value[key], rest, part));
  }
  throw new EvaluationError(`a ${typeName(fromAttribute(value))} cannot be indexed`);
}

function namedMap(key: string, value: AttributeValue): Attributes {
  const map = newMap();
  map[key] = value;
  return map;
}
