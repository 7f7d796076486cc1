const SPACE: i32 = 0x20;
const CLOSE: i32 = 0x5d;

/** The last minute and zone that were read: time stamps come in order. */
let cachedMinute: v128 = i8x16.splat(0);
let cachedZone: u64 = 0;
let cachedMs: f64 = 0;

/** `yyyy/MM/dd HH:mm:ss.SSS ±HH:MM]` at `at`, or NaN. */
export function timestamp(at: usize): f64 {
  const minute = v128.load(at);
  const zone = load<u64>(at + 23);
  if (zone != cachedZone || v128.any_true(v128.xor(minute, cachedMinute))) {
    const ms = minuteMs(at);
    if (isNaN(ms) || load<u8>(at + 30) != CLOSE) return NaN;
    cachedMs = ms;
    cachedMinute = minute;
    cachedZone = zone;
  }
  if (load<u8>(at + 16) != 0x3a || load<u8>(at + 19) != 0x2e) return NaN;
  const second = two(at + 17);
  const high = two(at + 20);
  const low = <i32>load<u8>(at + 22) - 0x30;
  if (second < 0 || second > 60 || high < 0 || low < 0 || low > 9) return NaN;
  return cachedMs + <f64>(second * 1000 + high * 10 + low);
}

/** Unix ms of `yyyy/MM/dd HH:mm` at `at`, with the zone at `at + 24`; or NaN. */
function minuteMs(at: usize): f64 {
  if (load<u8>(at + 4) != 0x2f || load<u8>(at + 7) != 0x2f || load<u8>(at + 10) != SPACE) return NaN;
  if (load<u8>(at + 13) != 0x3a || load<u8>(at + 23) != SPACE || load<u8>(at + 27) != 0x3a) return NaN;
  const century = two(at);
  const yearOfCentury = two(at + 2);
  const month = two(at + 5);
  const day = two(at + 8);
  const hour = two(at + 11);
  const minute = two(at + 14);
  const sign = load<u8>(at + 24);
  const zoneHour = two(at + 25);
  const zoneMinute = two(at + 28);
  if (century < 0 || yearOfCentury < 0 || month < 1 || month > 12 || day < 1) return NaN;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return NaN;
  if (zoneHour < 0 || zoneHour > 23 || zoneMinute < 0 || zoneMinute > 59 || (sign != 0x2b && sign != 0x2d)) return NaN;
  const year = century * 100 + yearOfCentury;
  if (year < 1970 || day > daysIn(month, year)) return NaN;
  const zone = (zoneHour * 60 + zoneMinute) * (sign == 0x2b ? 1 : -1);
  return <f64>daysBefore(year, month, day) * 86_400_000.0 + <f64>((hour * 60 + minute - zone) * 60_000);
}

function daysIn(month: i32, year: i32): i32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days from 1970-01-01 to this day; the year is counted from March so that its last day is the leap day. */
function daysBefore(year: i32, month: i32, day: i32): i32 {
  const y = month <= 2 ? year - 1 : year;
  const m = month <= 2 ? month + 9 : month - 3;
  return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719_469;
}

/** Two digits, or something negative. */
@inline
function two(at: usize): i32 {
  const tens = <i32>load<u8>(at) - 0x30;
  const ones = <i32>load<u8>(at + 1) - 0x30;
  return <u32>tens > 9 || <u32>ones > 9 ? -1 : tens * 10 + ones;
}
