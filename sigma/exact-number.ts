import type { AttributeValue } from "#core/attributes.ts";

/** A number without rounding: integers that a double cannot hold are bigint. JavaScript compares the two exactly. */
export type ExactNumber = number | bigint;

/** Longer texts of digits are not numbers that a log means. */
const MAX_DIGITS = 40;

/** The number that a value is or spells; undefined for everything else, NaN and `007` included. */
export function toExactNumber(value: AttributeValue | undefined): ExactNumber | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isNaN(value) ? undefined : value;
  return typeof value === "string" ? parseExactNumber(value) : undefined;
}

/**
 * Reads `-12`, `0`, `4.50`. Digits after a leading zero make an identifier and not a number, and exponents, spaces and
 * a plus sign are not how logs print numbers.
 */
function parseExactNumber(text: string): ExactNumber | undefined {
  if (text.length === 0 || text.length > MAX_DIGITS) return undefined;
  const start = text.startsWith("-") ? 1 : 0;
  const whole = countDigits(text, start);
  if (whole === 0 || (whole > 1 && text[start] === "0")) return undefined;
  const end = start + whole;
  if (end === text.length) {
    const rounded = Number(text);
    return Number.isSafeInteger(rounded) ? rounded : BigInt(text);
  }
  const fraction = text[end] === "." ? countDigits(text, end + 1) : 0;
  return fraction > 0 && end + 1 + fraction === text.length ? Number(text) : undefined;
}

function countDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at++;
  return at - from;
}

/** Less than zero, zero or more, as `a` is smaller, equal or larger. */
export function compareExact(a: ExactNumber, b: ExactNumber): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
