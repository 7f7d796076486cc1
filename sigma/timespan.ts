import * as z from "zod";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a Sigma timespan such as `30s`, `5m`, `12h`, `7d`; undefined when it is none. */
function parseTimespanMs(text: string): number | undefined {
  const unitMs = UNIT_MS[text.slice(-1)];
  const digits = text.slice(0, -1);
  if (unitMs === undefined || digits.length === 0 || digits.length > 9) return undefined;
  let count = 0;
  for (const digit of digits) {
    if (digit < "0" || digit > "9") return undefined;
    count = count * 10 + Number(digit);
  }
  return count > 0 ? count * unitMs : undefined;
}

/** A time span in a rule, read as milliseconds. */
export const timespanSchema = z.string().transform((text, context) => {
  const timespanMs = parseTimespanMs(text);
  if (timespanMs !== undefined) return timespanMs;
  context.addIssue("expected a time span such as 30s, 5m, 12h, 7d");
  return z.NEVER;
});
