const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** The int64 that a text writes in a base from 2 to 36 (0: as its prefix 0b, 0o, 0x says); undefined when it is none. */
export function parseInteger(text: string, base: number): bigint | undefined {
  // 64 binary digits, a prefix and a sign.
  if (text.length > 67) return undefined;
  const negative = text.startsWith("-");
  let digits = negative || text.startsWith("+") ? text.slice(1) : text;
  let radix = base;
  if (base === 0) {
    const prefix = digits.slice(0, 2).toLowerCase();
    radix =
      prefix === "0b"
        ? 2
        : prefix === "0o"
          ? 8
          : prefix === "0x"
            ? 16
            : digits.length > 1 && digits[0] === "0"
              ? 8
              : 10;
    if (radix !== 10) digits = digits.slice(prefix[1] !== undefined && "box".includes(prefix[1]) ? 2 : 1);
  }
  if (!Number.isInteger(radix) || radix < 2 || radix > 36 || digits === "") return undefined;
  let value = 0n;
  for (let i = 0; i < digits.length; i++) {
    const digit = digitOf(digits.charCodeAt(i));
    if (digit < 0 || digit >= radix) return undefined;
    value = value * BigInt(radix) + BigInt(digit);
  }
  if (negative) value = -value;
  return value < MIN_INT64 || value > MAX_INT64 ? undefined : value;
}

function digitOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x41 && unit <= 0x5a) return unit - 0x37;
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x57;
  return -1;
}

/** The double that a text writes in decimal; undefined when it is none. */
export function parseDouble(text: string): number | undefined {
  if (text === "" || text.length > 400) return undefined;
  // Number() would take blanks and hexadecimal, too.
  for (const char of text) if (!"0123456789+-.eE".includes(char)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
