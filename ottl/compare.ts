import type { AttributeValue } from "#core/attributes.ts";
import { Duration, fromAttribute, isList, isMap, Time, type Value } from "./value.ts";

export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/**
 * Compares as OTTL's comparison rules say (pkg/ottl/LANGUAGE.md): values of types that do not go together are unequal
 * and have no order, so only `!=` holds; int with double compares as doubles; nil equals nil; lists and maps have no
 * order.
 */
export function compare(operator: ComparisonOperator, a: Value, b: Value): boolean {
  if (isList(a) || isMap(a)) {
    const same = isList(a) ? isList(b) && sameElements(a, b) : isMap(b) && sameMembers(a, b);
    return operator === "==" ? same : operator === "!=" && !same;
  }
  const order = orderOf(a, b);
  switch (operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order !== undefined && order < 0;
    case "<=":
      return order !== undefined && order <= 0;
    case ">":
      return order !== undefined && order > 0;
    default:
      return order !== undefined && order >= 0;
  }
}

/** Negative, 0 or positive; undefined when there is no order. */
function orderOf(a: Value, b: Value): number | undefined {
  if (a === null || b === null) return a === b ? 0 : undefined;
  if (typeof a === "bigint") {
    if (typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
    return typeof b === "number" ? orderOfDoubles(Number(a), b) : undefined;
  }
  if (typeof a === "number") {
    if (typeof b === "number") return orderOfDoubles(a, b);
    return typeof b === "bigint" ? orderOfDoubles(a, Number(b)) : undefined;
  }
  if (typeof a === "string") return typeof b === "string" ? orderOfTexts(a, b) : undefined;
  if (typeof a === "boolean") return typeof b === "boolean" ? Number(a) - Number(b) : undefined;
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Buffer.compare(a, b) : undefined;
  if (a instanceof Time) return b instanceof Time ? orderOf(a.unixNano, b.unixNano) : undefined;
  return a instanceof Duration && b instanceof Duration ? orderOf(a.nanos, b.nanos) : undefined;
}

function orderOfDoubles(a: number, b: number): number | undefined {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : undefined;
}

/** Go compares the UTF-8 bytes; UTF-16 units order characters beyond U+FFFF differently. */
function orderOfTexts(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === a.length || i === b.length) return a.length - b.length;
  const left = a.charCodeAt(i);
  const right = b.charCodeAt(i);
  const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
  if (isSurrogate(left) !== isSurrogate(right)) return isSurrogate(left) ? 1 : -1;
  return left - right;
}

/** Whether two attribute values are equal by OTTL's rules. */
function sameValue(a: AttributeValue, b: AttributeValue): boolean {
  const left = fromAttribute(a);
  const right = fromAttribute(b);
  return typeof left === typeof right && compare("==", left, right);
}

function sameElements(a: readonly AttributeValue[], b: readonly AttributeValue[]): boolean {
  return a.length === b.length && a.every((element, i) => sameValue(element, b[i] as AttributeValue));
}

function sameMembers(
  a: { readonly [key: string]: AttributeValue },
  b: { readonly [key: string]: AttributeValue },
): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key] as AttributeValue, b[key] as AttributeValue))
  );
}
