/** Nanoseconds per unit, longest names first. */
const UNITS: readonly (readonly [string, bigint])[] = [
  ["ns", 1n],
  ["us", 1000n],
  ["µs", 1000n],
  ["μs", 1000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
];

const MAX_NANOS = 2n ** 63n - 1n;

/** Nanoseconds of a duration as Go's time.ParseDuration reads it (`1h30m`, `-1.5s`); undefined when it is none. */
export function parseDuration(text: string): bigint | undefined {
  if (text.length > 64) return undefined;
  const negative = text.startsWith("-");
  let rest = negative || text.startsWith("+") ? text.slice(1) : text;
  if (rest === "0") return 0n;
  let total = 0n;
  if (rest === "") return undefined;
  while (rest !== "") {
    const whole = digitsOf(rest);
    rest = rest.slice(whole.length);
    const fraction = rest.startsWith(".") ? digitsOf(rest.slice(1)) : "";
    if (rest.startsWith(".")) rest = rest.slice(fraction.length + 1);
    const unit = UNITS.find(([name]) => rest.startsWith(name));
    if (whole + fraction === "" || unit === undefined) return undefined;
    rest = rest.slice(unit[0].length);
    total += BigInt(whole || "0") * unit[1] + (BigInt(fraction || "0") * unit[1]) / 10n ** BigInt(fraction.length);
  }
  if (total > MAX_NANOS) return undefined;
  return negative ? -total : total;
}

function digitsOf(text: string): string {
  let end = 0;
  while (end < text.length && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++;
  return text.slice(0, end);
}
