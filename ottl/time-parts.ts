import type { Time } from "./value.ts";

export interface TimeParts {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
  /** 0–6, Sunday first. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
}

/** A time on the calendar and clock of its zone. */
export function timeParts({ unixNano, offsetSeconds }: Time): TimeParts {
  const nanosecond = ((unixNano % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = Number((unixNano - nanosecond) / 1_000_000_000n) + offsetSeconds;
  const date = new Date(seconds * 1000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond: Number(nanosecond),
  };
}

/** Seconds since 1970 of a date and clock time in UTC; undefined when there is no such day. */
export function unixSeconds(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}
