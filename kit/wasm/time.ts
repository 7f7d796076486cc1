import { copy, digits, out, put, moveTo } from "./output";

const FIRST_FIVE_DIGIT_YEAR_MS: f64 = 253_402_300_800_000;

/** `yyyy-MM-ddTHH:mm:ss.` of the last second that was written. */
const SECOND = memory.data(32, 16);
const SECOND_LENGTH: usize = 20;

let cachedSecond: f64 = NaN;

/** The year has four digits, and the time is one: 0 says that there is none. */
export function isWritable(ms: f64): bool {
  return ms > 0 && ms < FIRST_FIVE_DIGIT_YEAR_MS;
}

/** `2026-08-07T02:15:02.118Z",`: three digits for whole milliseconds, nine otherwise. */
export function time(ms: f64, ns: u32): void {
  const second = Math.floor(ms / 1000);
  if (second != cachedSecond) {
    cachedSecond = second;
    writeSecond(<i64>second);
  }
  copy(SECOND, SECOND_LENGTH);
  digits(<i32>(ms - second * 1000), 3);
  if (ns != 0) digits(ns, 6);
  put(0x5a);
  put(0x22);
  put(0x2c);
}

/** The civil date of a day counted from 1970-01-01, in years that start in March. */
function writeSecond(second: i64): void {
  const before = out;
  moveTo(SECOND);
  const days = <i32>(second / 86_400);
  const rest = <i32>(second % 86_400);
  const z = days + 719_468;
  const era = z / 146_097;
  const dayOfEra = z - era * 146_097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const monthFromMarch = (5 * dayOfYear + 2) / 153;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  digits(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4);
  put(0x2d);
  digits(month, 2);
  put(0x2d);
  digits(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1, 2);
  put(0x54);
  digits(rest / 3600, 2);
  put(0x3a);
  digits((rest / 60) % 60, 2);
  put(0x3a);
  digits(rest % 60, 2);
  put(0x2e);
  moveTo(before);
}
