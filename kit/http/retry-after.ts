const MAX_WAIT_MS = 3_600_000;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SHORT_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LONG_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** Years from which on a date with two digits of the year is meant for the century before (RFC 9110, 5.6.7). */
const FAR_YEARS = 50;

/**
 * Milliseconds to wait as a `Retry-After` header asks for (RFC 9110, 10.2.3): seconds, or an HTTP date in any of its three
 * forms, counted from `nowMs` (Unix milliseconds). At most an hour, whatever the other side says; 0 for a time that is
 * over; undefined when the text is neither.
 */
export function parseRetryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined || text.length > 64) return undefined;
  const trimmed = text.trim();
  const seconds = digits(trimmed, trimmed.length);
  if (seconds !== undefined) return Math.min(seconds * 1000, MAX_WAIT_MS);
  const atMs = parseHttpDateMs(trimmed, nowMs);
  return atMs === undefined ? undefined : Math.min(Math.max(atMs - nowMs, 0), MAX_WAIT_MS);
}

/** Unix milliseconds of an HTTP date (RFC 9110, 5.6.7). */
function parseHttpDateMs(text: string, nowMs: number): number | undefined {
  const [dayName = "", ...rest] = text.split(" ").filter((word) => word !== "");
  const comma = dayName.endsWith(",");
  const day = comma ? dayName.slice(0, -1) : dayName;
  if (comma && SHORT_DAYS.includes(day) && rest.length === 5) {
    const [dayOfMonth, month, year, time, zone] = rest;
    return zone === "GMT" ? toMs(digits(year, 4), month, digits(dayOfMonth, 2), time) : undefined;
  }
  if (comma && LONG_DAYS.includes(day) && rest.length === 3) {
    const [date = "", time, zone] = rest;
    const [dayOfMonth, month, year, ...more] = date.split("-");
    if (zone !== "GMT" || more.length > 0) return undefined;
    return toMs(fullYear(digits(year, 2), nowMs), month, digits(dayOfMonth, 2), time);
  }
  if (!comma && SHORT_DAYS.includes(day) && rest.length === 4) {
    const [month, dayOfMonth = "", time, year] = rest;
    return toMs(digits(year, 4), month, digits(dayOfMonth, dayOfMonth.length === 1 ? 1 : 2), time);
  }
  return undefined;
}

function fullYear(twoDigits: number | undefined, nowMs: number): number | undefined {
  if (twoDigits === undefined) return undefined;
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year - thisYear > FAR_YEARS ? year - 100 : year;
}

function toMs(
  year: number | undefined,
  monthName: string | undefined,
  day: number | undefined,
  time: string | undefined,
): number | undefined {
  const month = MONTHS.indexOf(monthName ?? "");
  const [hour, minute, second, ...more] = (time ?? "").split(":").map((part) => digits(part, 2));
  if (year === undefined || month < 0 || day === undefined || more.length > 0) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  // 60 is a leap second.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month, day);
  if (date.getUTCDate() !== day) return undefined;
  return date.setUTCHours(hour, minute, second);
}

/** A number that is written with exactly `count` digits. */
function digits(text: string | undefined, count: number): number | undefined {
  if (text === undefined || text.length !== count || count === 0) return undefined;
  let value = 0;
  for (let i = 0; i < count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    // Stays exact for whatever matters; longer numbers are more than anybody waits.
    value = Math.min(value * 10 + digit, Number.MAX_SAFE_INTEGER / 10_000);
  }
  return value;
}
