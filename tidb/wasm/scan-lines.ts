/**
 * AssemblyScript: the ordinary lines of the unified log format as text, marked in place, sixteen bytes at a time. A
 * line that is not ordinary in every respect (unknown key, stack, escape that JSON does not know, control byte, broken
 * bracket) is left to `parse-text.ts`, which alone decides what such a line means; a line that is taken here has
 * exactly the fields that it would have there. The layout of the memory is `line-scanner.ts`'s.
 */

// Flags and slots of `core/columns.ts`.
const ESCAPED: i32 = 1;
const JSON_SAFE: i32 = 2;
const NON_ASCII: i32 = 4;
const FIELD_BYTES: usize = 16;

const SPACE: i32 = 0x20;
const QUOTE: i32 = 0x22;
const EQUALS: i32 = 0x3d;
const OPEN: i32 = 0x5b;
const BACKSLASH: i32 = 0x5c;
const CLOSE: i32 = 0x5d;

/** A key as it is spelled, `[key=` or `["key"=`: 48 bytes of text, then its length, its id and its hash. */
const ENTRY_BYTES: usize = 64;
const MAX_SPELLING: usize = 48;
const ENTRY_LENGTH: usize = 48;
const ENTRY_ID: usize = 52;
const ENTRY_HASH: usize = 56;

const GUESSES: i32 = 64;
const MAX_ENTRIES: i32 = 4096;
const SLOT_MASK: i32 = 8191;

/** A severity: its text in eight bytes, the mask of those, its length. */
const SEVERITY_BYTES: usize = 24;

const ENTRIES = memory.data(<i32>ENTRY_BYTES * MAX_ENTRIES, 16);
const SLOTS = memory.data(8192 * 2, 16);
const GUESS = memory.data(GUESSES * 4, 16);
/** Per key id the number of the record that last had it. */
const SEEN_IN = memory.data(4096 * 4, 16);
const SEVERITIES = memory.data(<i32>SEVERITY_BYTES * 16, 16);
const GENERAL_LOG = memory.data<u8>([0x47, 0x45, 0x4e, 0x45, 0x52, 0x41, 0x4c, 0x5f, 0x4c, 0x4f, 0x47]);
/** Sixteen times 0xff, then zeros: read at 16 - n it is a mask of n bytes. */
const MASKS = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0,
]);

let entries: i32 = 0;
let severities: i32 = 0;
let recordNumber: i32 = 0;

// Ids that `line-scanner.ts` gives.
let callerFile: i32 = 0;
let callerLine: i32 = 0;
let generalEvent: i32 = 0;

// Where the columns are.
let bytes: usize = 0;
let starts: usize = 0;
let ends: usize = 0;
let times: usize = 0;
let severityOf: usize = 0;
let eventOf: usize = 0;
let bodyOf: usize = 0;
let fieldFrom: usize = 0;
let fieldTo: usize = 0;
let taken: usize = 0;
let fields: usize = 0;
let fieldsEnd: usize = 0;

/** Byte behind the last field. */
let slot: usize = 0;
let repeatedKeys: bool = false;
let full: bool = false;

/** Where the last token ended, and its flags. */
let tokenEnd: usize = 0;
let tokenFlags: i32 = 0;

/** The last minute and zone that were read: time stamps come in order. */
let cachedMinute: v128 = i8x16.splat(0);
let cachedZone: u64 = 0;
let cachedMs: f64 = 0;

export function setIds(file: i32, line: i32, general: i32): void {
  callerFile = file;
  callerLine = line;
  generalEvent = general;
}

/** Severities in the order of their indexes, from 1; `text` holds up to eight bytes, the first in the lowest. */
export function addSeverity(text: u64, length: i32): void {
  const at = SEVERITIES + SEVERITY_BYTES * <usize>severities;
  severities++;
  store<u64>(at, text);
  store<u64>(at + 8, length == 8 ? u64.MAX_VALUE : ((<u64>1) << ((<u64>length) << 3)) - 1);
  store<i32>(at + 16, length);
}

export function setColumns(
  bytesAt: usize,
  startsAt: usize,
  endsAt: usize,
  timesAt: usize,
  severityAt: usize,
  eventAt: usize,
  bodyAt: usize,
  fieldFromAt: usize,
  fieldToAt: usize,
  takenAt: usize,
  fieldsAt: usize,
  fieldsLimit: usize,
): void {
  bytes = bytesAt;
  starts = startsAt;
  ends = endsAt;
  times = timesAt;
  severityOf = severityAt;
  eventOf = eventAt;
  bodyOf = bodyAt;
  fieldFrom = fieldFromAt;
  fieldTo = fieldToAt;
  taken = takenAt;
  fields = fieldsAt;
  fieldsEnd = fieldsLimit;
  slot = fieldsAt;
  repeatedKeys = false;
}

/** First byte of the memory that is free for columns. */
export function freeFrom(): usize {
  return __heap_base;
}

export function fieldCount(): i32 {
  return <i32>((slot - fields) / FIELD_BYTES);
}

export function hasRepeatedKeys(): bool {
  return repeatedKeys;
}

/** The key that is spelled at [from, to) of the bytes, `[` and `=` included, has this id. */
export function learn(from: i32, to: i32, id: i32): void {
  const length = <usize>(to - from);
  if (length > MAX_SPELLING || entries == MAX_ENTRIES || id >= 4096) return;
  const hash = hashOf(bytes + from, length);
  if (find(bytes + from, length, hash) != 0) return;
  const entry = ENTRIES + ENTRY_BYTES * <usize>entries;
  entries++;
  memory.copy(entry, bytes + from, length);
  store<i32>(entry + ENTRY_LENGTH, <i32>length);
  store<i32>(entry + ENTRY_ID, id);
  store<u32>(entry + ENTRY_HASH, hash);
  let at = <i32>hash & SLOT_MASK;
  while (load<u16>(SLOTS + (<usize>at << 1)) != 0) at = (at + 1) & SLOT_MASK;
  store<u16>(SLOTS + (<usize>at << 1), <u16>entries);
}

/** Scans all records. Returns 0 when there was no room for their fields, otherwise 1. */
export function scan(count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const before = slot;
    recordNumber++;
    full = false;
    store<i32>(bodyOf + (<usize>i << 2), -1);
    store<u8>(eventOf + i, 0);
    store<i32>(fieldFrom + (<usize>i << 2), fieldCount());
    const ok = line(i);
    if (full) return 0;
    if (!ok) slot = before;
    store<u8>(taken + i, ok ? 1 : 0);
    store<i32>(fieldTo + (<usize>i << 2), fieldCount());
  }
  return 1;
}

function line(i: i32): bool {
  let at = bytes + load<u32>(starts + (<usize>i << 2));
  const end = bytes + load<u32>(ends + (<usize>i << 2));
  if (at + 32 >= end || load<u8>(at) != OPEN) return false;
  const ms = timestamp(at + 1);
  if (isNaN(ms)) return false;
  store<f64>(times + (<usize>i << 3), ms);
  at = skipSpaces(at + 32, end);
  const severity = severityAt(at, end);
  if (severity == 0) return false;
  store<u8>(severityOf + i, <u8>severity);
  at = skipSpaces(tokenEnd + 1, end);
  if (!caller(at, end)) return false;
  at = skipSpaces(tokenEnd + 1, end);
  if (!message(i, at, end)) return false;
  at = skipSpaces(tokenEnd + 1, end);
  for (let position = 0; at < end; position++) {
    const entry = keyAt(at, end, position);
    if (entry == 0) return false;
    at += <usize>load<i32>(entry + ENTRY_LENGTH);
    if (at >= end) return false;
    const quoted = load<u8>(at) == QUOTE;
    if (quoted) at++;
    if (!(quoted ? quotedToken(at, end) : rawToken(at, end))) return false;
    if (!field(load<i32>(entry + ENTRY_ID), at, tokenEnd)) return false;
    at = quoted ? tokenEnd + 1 : tokenEnd;
    if (at >= end || load<u8>(at) != CLOSE) return false;
    at = skipSpaces(at + 1, end);
  }
  return true;
}

// @ts-ignore: decorator
@inline
function skipSpaces(from: usize, end: usize): usize {
  let at = from;
  while (at < end && load<u8>(at) == SPACE) at++;
  return at;
}

/** `yyyy/MM/dd HH:mm:ss.SSS ±HH:MM]` at `at`, or NaN. */
function timestamp(at: usize): f64 {
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
// @ts-ignore: decorator
@inline
function two(at: usize): i32 {
  const tens = <i32>load<u8>(at) - 0x30;
  const ones = <i32>load<u8>(at + 1) - 0x30;
  return <u32>tens > 9 || <u32>ones > 9 ? -1 : tens * 10 + ones;
}

/** Index of the level in the bracket at `at`, or 0; `tokenEnd` is its closing bracket. */
function severityAt(at: usize, end: usize): i32 {
  if (at + 10 >= end || load<u8>(at) != OPEN) return 0;
  const text = load<u64>(at + 1);
  for (let k = 0; k < severities; k++) {
    const entry = SEVERITIES + SEVERITY_BYTES * <usize>k;
    if ((text & load<u64>(entry + 8)) != load<u64>(entry)) continue;
    const close = at + 1 + <usize>load<i32>(entry + 16);
    if (load<u8>(close) != CLOSE) continue;
    tokenEnd = close;
    return k + 1;
  }
  return 0;
}

/** `[file:line]` at `at`; `tokenEnd` is its closing bracket. */
function caller(at: usize, end: usize): bool {
  if (at >= end || load<u8>(at) != OPEN) return false;
  const from = at + 1;
  let colon: usize = 0;
  let i = from;
  for (; i < end; i++) {
    const byte = <i32>load<u8>(i);
    if (byte == CLOSE) break;
    if (colon != 0) {
      if (byte < 0x30 || byte > 0x39) return false;
    } else if (byte == 0x3a) colon = i;
    else if (byte <= SPACE || byte == QUOTE || byte == EQUALS || byte == OPEN) return false;
  }
  if (i >= end || i - from >= 256 || colon <= from || colon + 1 >= i) return false;
  tokenEnd = i;
  tokenFlags = JSON_SAFE;
  if (nonAscii(from, colon)) return false;
  return field(callerFile, from, colon) && field(callerLine, colon + 1, i);
}

function nonAscii(from: usize, to: usize): bool {
  for (let i = from; i < to; i++) if (load<u8>(i) >= 0x80) return true;
  return false;
}

/** The message at `at`; `tokenEnd` is its closing bracket. */
function message(i: i32, at: usize, end: usize): bool {
  if (at >= end || load<u8>(at) != OPEN) return false;
  let from = at + 1;
  const quoted = load<u8>(from) == QUOTE;
  if (quoted) {
    from++;
    if (!quotedToken(from, end)) return false;
  } else {
    // A bracket with a key is a field, an empty one says nothing: both are for the parser to judge.
    for (let k = from; k < end; k++) {
      const byte = <i32>load<u8>(k);
      if (byte == EQUALS || (byte == CLOSE && k == from)) return false;
      if (byte == SPACE || byte == CLOSE || byte == OPEN || byte == QUOTE) break;
    }
    if (!rawToken(from, end)) return false;
  }
  const to = tokenEnd;
  store<i32>(bodyOf + (<usize>i << 2), <i32>(slot - fields) >> 2);
  if (!field(0, from, to)) return false;
  if (to - from == 11 && memory.compare(from, GENERAL_LOG, 11) == 0) store<u8>(eventOf + i, <u8>generalEvent);
  if (!quoted) return true;
  tokenEnd = to + 1;
  return tokenEnd < end && load<u8>(tokenEnd) == CLOSE;
}

/** The key in the bracket at `at`: mostly the one that the line before had at this position. */
function keyAt(at: usize, end: usize, position: i32): usize {
  const guessAt = GUESS + (<usize>(position & (GUESSES - 1)) << 2);
  const guess = <usize>load<u32>(guessAt);
  if (guess != 0 && isSpelled(at, guess)) return guess;
  const length = spellingLength(at, end);
  if (length == 0) return 0;
  const entry = find(at, length, hashOf(at, length));
  if (entry != 0) store<u32>(guessAt, <u32>entry);
  return entry;
}

// @ts-ignore: decorator
@inline
function isSpelled(at: usize, entry: usize): bool {
  const length = <usize>load<i32>(entry + ENTRY_LENGTH);
  if (length <= 16) {
    const mask = v128.load(MASKS + 16 - length);
    return !v128.any_true(v128.and(v128.xor(v128.load(at), v128.load(entry)), mask));
  }
  return memory.compare(at, entry, length) == 0;
}

/** Bytes of `[key=` or `["key"=` at `at`, or 0 when it is too long or none. */
function spellingLength(at: usize, end: usize): usize {
  const limit = min(end, at + MAX_SPELLING);
  if (load<u8>(at) != OPEN) return 0;
  let i = at + 1;
  if (load<u8>(i) == QUOTE) {
    for (i++; i < limit && load<u8>(i) != QUOTE; i++) if (load<u8>(i) == BACKSLASH) return 0;
    i++;
    return i < limit && load<u8>(i) == EQUALS ? i + 1 - at : 0;
  }
  while (i < limit && load<u8>(i) != EQUALS) i++;
  return i < limit ? i + 1 - at : 0;
}

/** FNV-1a, folded. */
function hashOf(at: usize, length: usize): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let k: usize = 0; k < length; k++) hash = (hash ^ <u32>load<u8>(at + k)) * 0x01000193;
  return hash ^ (hash >>> 15);
}

function find(at: usize, length: usize, hash: u32): usize {
  let probe = <i32>hash & SLOT_MASK;
  let number = <usize>load<u16>(SLOTS + (<usize>probe << 1));
  while (number != 0) {
    const entry = ENTRIES + ENTRY_BYTES * (number - 1);
    if (load<u32>(entry + ENTRY_HASH) == hash && <usize>load<i32>(entry + ENTRY_LENGTH) == length) {
      if (memory.compare(entry, at, length) == 0) return entry;
    }
    probe = (probe + 1) & SLOT_MASK;
    number = <usize>load<u16>(SLOTS + (<usize>probe << 1));
  }
  return 0;
}

/** The inside of a quoted token from `from`; `tokenEnd` is its closing quote. */
function quotedToken(from: usize, end: usize): bool {
  let at = from;
  let high: i32 = 0;
  tokenFlags = JSON_SAFE;
  for (;;) {
    const block = v128.load(at);
    const stops = quotedStops(block);
    if (stops == 0) {
      high |= i8x16.bitmask(block);
      at += 16;
      if (at >= end) return false;
      continue;
    }
    const n = ctz(stops);
    high |= i8x16.bitmask(block) & ((1 << n) - 1);
    at += <usize>n;
    if (at >= end) return false;
    const byte = load<u8>(at);
    if (byte == QUOTE) break;
    if (byte != BACKSLASH) return false;
    const width = escapeWidth(at, end);
    if (width == 0) return false;
    tokenFlags |= ESCAPED;
    at += width;
  }
  if (high != 0) tokenFlags |= NON_ASCII;
  tokenEnd = at;
  return true;
}

/** Bytes of the escape at `at`, or 0 when it is none that JSON knows. */
function escapeWidth(at: usize, end: usize): usize {
  if (at + 1 >= end) return 0;
  switch (<i32>load<u8>(at + 1)) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return 2;
    case 0x75: {
      if (at + 5 >= end) return 0;
      for (let k: usize = 2; k < 6; k++) {
        const byte = <i32>load<u8>(at + k) | 0x20;
        if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return 0;
      }
      return 6;
    }
    default:
      return 0;
  }
}

/** A token without quotes from `from`; `tokenEnd` is the bracket that closes it. */
function rawToken(from: usize, end: usize): bool {
  let at = from;
  let high: i32 = 0;
  let block = v128.load(at);
  let stops = rawStops(block);
  while (stops == 0) {
    high |= i8x16.bitmask(block);
    at += 16;
    if (at >= end) return false;
    block = v128.load(at);
    stops = rawStops(block);
  }
  const n = ctz(stops);
  high |= i8x16.bitmask(block) & ((1 << n) - 1);
  at += <usize>n;
  if (at >= end || load<u8>(at) != CLOSE) return false;
  tokenFlags = JSON_SAFE;
  if (at + 1 < end && load<u8>(at + 1) != SPACE) return false;
  if (high != 0) tokenFlags |= NON_ASCII;
  tokenEnd = at;
  return true;
}

// @ts-ignore: decorator
@inline
function rawStops(block: v128): i32 {
  return quotedStops(block) | i8x16.bitmask(i8x16.eq(block, i8x16.splat(0x5d)));
}

/** One bit for each byte that is a quote, a backslash or a control character. */
// @ts-ignore: decorator
@inline
function quotedStops(block: v128): i32 {
  const special = v128.or(i8x16.eq(block, i8x16.splat(0x22)), i8x16.eq(block, i8x16.splat(0x5c)));
  return i8x16.bitmask(v128.or(special, i8x16.lt_u(block, i8x16.splat(0x20))));
}

/** Notes a field with `tokenFlags`. False, and `full`, when there is no room for it. */
function field(key: i32, from: usize, to: usize): bool {
  if (slot + FIELD_BYTES > fieldsEnd) {
    full = true;
    return false;
  }
  store<i32>(slot, key);
  store<i32>(slot + 4, <i32>(from - bytes));
  store<i32>(slot + 8, <i32>(to - bytes));
  store<i32>(slot + 12, tokenFlags);
  slot += FIELD_BYTES;
  const seen = SEEN_IN + (<usize>key << 2);
  if (load<i32>(seen) == recordNumber) repeatedKeys = true;
  store<i32>(seen, recordNumber);
  return true;
}
