/**
 * AssemblyScript: the ordinary lines of the unified log format as text, marked in place, sixteen bytes at a time. A
 * line that is not ordinary in every respect (unknown key, stack, escape that JSON does not know, control byte, broken
 * bracket) is left to `parse-text.ts`, which alone decides what such a line means; a line that is taken here has
 * exactly the fields that it would have there. The layout of the memory is `line-scanner.ts`'s.
 */

import { addSpelling, ENTRY_ID, ENTRY_LENGTH, keyAt } from "./key-spellings";
import { timestamp } from "./timestamp";
import { JSON_SAFE, quotedToken, rawToken, tokenEnd, tokenFlags } from "./tokens";

/** A field of `core/columns.ts`. */
const FIELD_BYTES: usize = 16;

const SPACE: i32 = 0x20;
const QUOTE: i32 = 0x22;
const EQUALS: i32 = 0x3d;
const OPEN: i32 = 0x5b;
const CLOSE: i32 = 0x5d;

/** A severity: its text in eight bytes, the mask of those, its length. */
const SEVERITY_BYTES: usize = 24;

/** Per key id the number of the record that last had it. */
const SEEN_IN = memory.data(4096 * 4, 16);
const SEVERITIES = memory.data(<i32>SEVERITY_BYTES * 16, 16);
const GENERAL_LOG = memory.data<u8>([0x47, 0x45, 0x4e, 0x45, 0x52, 0x41, 0x4c, 0x5f, 0x4c, 0x4f, 0x47]);
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

/** The bracket that closes what `severityAt`, `caller` or `message` looked at. */
let closeAt: usize = 0;

/** Byte behind the last field. */
let slot: usize = 0;
let repeatedKeys: bool = false;
let full: bool = false;

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

/** The key that is spelled at [from, to) of the block, `[` and `=` included, has this id. */
export function learn(from: i32, to: i32, id: i32): void {
  addSpelling(bytes + from, bytes + to, id);
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
  at = skipSpaces(closeAt + 1, end);
  if (!caller(at, end)) return false;
  at = skipSpaces(closeAt + 1, end);
  if (!message(i, at, end)) return false;
  at = skipSpaces(closeAt + 1, end);
  for (let position = 0; at < end; position++) {
    const entry = keyAt(at, end, position);
    if (entry == 0) return false;
    at += <usize>load<i32>(entry + ENTRY_LENGTH);
    if (at >= end) return false;
    const quoted = load<u8>(at) == QUOTE;
    if (quoted) at++;
    if (!(quoted ? quotedToken(at, end) : rawToken(at, end))) return false;
    if (!field(load<i32>(entry + ENTRY_ID), at, tokenEnd, tokenFlags)) return false;
    at = quoted ? tokenEnd + 1 : tokenEnd;
    if (at >= end || load<u8>(at) != CLOSE) return false;
    at = skipSpaces(at + 1, end);
  }
  return true;
}

@inline
function skipSpaces(from: usize, end: usize): usize {
  let at = from;
  while (at < end && load<u8>(at) == SPACE) at++;
  return at;
}

/** Index of the level in the bracket at `at`, or 0; `closeAt` is its closing bracket. */
function severityAt(at: usize, end: usize): i32 {
  if (at + 10 >= end || load<u8>(at) != OPEN) return 0;
  const text = load<u64>(at + 1);
  for (let k = 0; k < severities; k++) {
    const entry = SEVERITIES + SEVERITY_BYTES * <usize>k;
    if ((text & load<u64>(entry + 8)) != load<u64>(entry)) continue;
    const close = at + 1 + <usize>load<i32>(entry + 16);
    if (load<u8>(close) != CLOSE) continue;
    closeAt = close;
    return k + 1;
  }
  return 0;
}

/** `[file:line]` at `at`; `closeAt` is its closing bracket. */
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
  closeAt = i;
  if (nonAscii(from, colon)) return false;
  return field(callerFile, from, colon, JSON_SAFE) && field(callerLine, colon + 1, i, JSON_SAFE);
}

function nonAscii(from: usize, to: usize): bool {
  for (let i = from; i < to; i++) if (load<u8>(i) >= 0x80) return true;
  return false;
}

/** The message at `at`; `closeAt` is its closing bracket. */
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
  if (!field(0, from, to, tokenFlags)) return false;
  if (to - from == 11 && memory.compare(from, GENERAL_LOG, 11) == 0) store<u8>(eventOf + i, <u8>generalEvent);
  closeAt = quoted ? to + 1 : to;
  return closeAt < end && load<u8>(closeAt) == CLOSE;
}

/** Notes a field. False, and `full`, when there is no room for it. */
function field(key: i32, from: usize, to: usize, flags: i32): bool {
  if (slot + FIELD_BYTES > fieldsEnd) {
    full = true;
    return false;
  }
  store<i32>(slot, key);
  store<i32>(slot + 4, <i32>(from - bytes));
  store<i32>(slot + 8, <i32>(to - bytes));
  store<i32>(slot + 12, flags);
  slot += FIELD_BYTES;
  const seen = SEEN_IN + (<usize>key << 2);
  if (load<i32>(seen) == recordNumber) repeatedKeys = true;
  store<i32>(seen, recordNumber);
  return true;
}
