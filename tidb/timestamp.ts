const DAY_MS = 86_400_000;

/** Length of `2026/08/07 10:15:02.118 +08:00`. */
export const TIMESTAMP_LENGTH = 30;

let cachedDay = -1;
let cachedDayMs = Number.NaN;

/** Unix ms of `yyyy/MM/dd HH:mm:ss.SSS ±HH:MM` at `bytes[at…]`, or NaN. Source: unified log format RFC. */
export function parseTimestampMs(bytes: Uint8Array, at: number): number {
  if (
    bytes[at + 4] !== 0x2f ||
    bytes[at + 7] !== 0x2f ||
    bytes[at + 10] !== 0x20 ||
    bytes[at + 13] !== 0x3a ||
    bytes[at + 16] !== 0x3a ||
    bytes[at + 19] !== 0x2e ||
    bytes[at + 23] !== 0x20 ||
    bytes[at + 27] !== 0x3a
  ) {
    return Number.NaN;
  }
  const dayMs = dayStartMs(two(bytes, at) * 100 + two(bytes, at + 2), two(bytes, at + 5), two(bytes, at + 8));
  const hour = two(bytes, at + 11);
  const minute = two(bytes, at + 14);
  const second = two(bytes, at + 17);
  const milli = two(bytes, at + 20) * 10 + digit(bytes, at + 22);
  const zone = zoneMs(bytes, at + 24);
  if (!(hour < 24 && minute < 60 && second < 61)) return Number.NaN;
  return dayMs + hour * 3_600_000 + minute * 60_000 + second * 1000 + milli - zone;
}

/** `±HH:MM` in ms, or NaN. */
function zoneMs(bytes: Uint8Array, at: number): number {
  const sign = bytes[at] === 0x2b ? 1 : bytes[at] === 0x2d ? -1 : Number.NaN;
  if (bytes[at + 3] !== 0x3a) return Number.NaN;
  const hours = two(bytes, at + 1);
  const minutes = two(bytes, at + 4);
  return hours < 24 && minutes < 60 ? sign * (hours * 60 + minutes) * 60_000 : Number.NaN;
}

/** Unix ms at which a UTC day starts, or NaN when there is no such day. */
function dayStartMs(year: number, month: number, day: number): number {
  const key = year * 512 + month * 32 + day;
  if (key === cachedDay) return cachedDayMs;
  const ms = Date.UTC(year, month - 1, day);
  const date = new Date(ms);
  if (!(date.getUTCMonth() === month - 1 && date.getUTCDate() === day) || year < 1970) return Number.NaN;
  cachedDay = key;
  cachedDayMs = ms;
  return ms;
}

export interface ExactTime {
  readonly ms: number;
  /** 0–999,999, to add to `ms`. */
  readonly ns: number;
}

/** RFC 3339 with any number of fraction digits (`2026-08-07T10:20:11.487776265+08:00`) at `bytes[from, to)`. */
export function parseRfc3339(bytes: Uint8Array, from: number, to: number): ExactTime | undefined {
  if (to - from < 20 || bytes[from + 4] !== 0x2d || bytes[from + 7] !== 0x2d || bytes[from + 10] !== 0x54)
    return undefined;
  if (bytes[from + 13] !== 0x3a || bytes[from + 16] !== 0x3a) return undefined;
  const dayMs = dayStartMs(two(bytes, from) * 100 + two(bytes, from + 2), two(bytes, from + 5), two(bytes, from + 8));
  const seconds = two(bytes, from + 11) * 3600 + two(bytes, from + 14) * 60 + two(bytes, from + 17);
  let at = from + 19;
  let nanos = 0;
  if (bytes[at] === 0x2e) {
    let scale = 100_000_000;
    for (at++; at < to && digit(bytes, at) >= 0; at++) {
      nanos += Math.floor(scale) * digit(bytes, at);
      scale /= 10;
    }
  }
  const utc = bytes[at] === 0x5a && at + 1 === to;
  const zone = utc ? 0 : at + 6 === to ? zoneMs(bytes, at) : Number.NaN;
  const ms = dayMs + seconds * 1000 - zone + Math.floor(nanos / 1_000_000);
  return Number.isNaN(ms) || seconds > DAY_MS / 1000 ? undefined : { ms, ns: nanos % 1_000_000 };
}

function digit(bytes: Uint8Array, at: number): number {
  const code = (bytes[at] ?? 0) - 0x30;
  return code >= 0 && code <= 9 ? code : Number.NaN;
}

function two(bytes: Uint8Array, at: number): number {
  return digit(bytes, at) * 10 + digit(bytes, at + 1);
}
