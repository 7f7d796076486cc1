/**
 * AssemblyScript: records of a column batch as JSON lines, by copying bytes sixteen at a time. A record with a value that
 * cannot be copied or escaped byte by byte is left to `encode-ndjson.ts`. The layout of the memory is `line-writer.ts`'s.
 * Copies read and write up to fifteen bytes too many: every region has that much behind it.
 */

import { DONE, escape, NO_ROOM } from "./escape";
import { copy, hasRoom, out, put, moveTo, useOutput, writtenBytes } from "./output";
import { isWritable, time } from "./time";

// Flags of `core/columns.ts`.
const ESCAPED: i32 = 1;
const JSON_SAFE: i32 = 2;
const NON_ASCII: i32 = 4;
const FIELD_BYTES: usize = 16;

const NOT_PLAIN: i32 = 2;

const QUOTE: i32 = 0x22;
const COMMA: i32 = 0x2c;

const MAX_LAYERS: usize = 16;

/** An address and a length. */
const SPAN_BYTES: usize = 8;

/** Per layer: address of its index or 0, address of its spans (one per set). */
const LAYERS = memory.data(<i32>(SPAN_BYTES * MAX_LAYERS), 16);

// Where the batch is.
let bytes: usize = 0;
let starts: usize = 0;
let ends: usize = 0;
let times: usize = 0;
let nanos: usize = 0;
let severityOf: usize = 0;
let eventOf: usize = 0;
let bodyOf: usize = 0;
let fieldFrom: usize = 0;
let fieldTo: usize = 0;
let fields: usize = 0;

// What stands between the values.
let keys: usize = 0;
let hidden: usize = 0;
let observed: usize = 0;
let observedLength: usize = 0;
let heads: usize = 0;
let headsPerEvent: i32 = 0;
let tail: usize = 0;
let tailLength: usize = 0;

// What every line of the format has.
let timeKey: usize = 0;
let timeKeyLength: usize = 0;
let timeRequired: bool = false;
let attributes: usize = 0;
let attributesLength: usize = 0;

let layers: usize = 0;
let validUtf8: bool = false;
let repeatedKeys: bool = false;

let written: usize = 0;
let stopReason: i32 = DONE;

/** First byte of the memory that is free. */
export function freeFrom(): usize {
  return __heap_base;
}

export function setRecords(
  bytesAt: usize,
  startsAt: usize,
  endsAt: usize,
  timesAt: usize,
  nanosAt: usize,
  severityAt: usize,
  eventAt: usize,
  bodyAt: usize,
  fieldFromAt: usize,
  fieldToAt: usize,
  fieldsAt: usize,
  isValidUtf8: bool,
  hasRepeatedKeys: bool,
): void {
  bytes = bytesAt;
  starts = startsAt;
  ends = endsAt;
  times = timesAt;
  nanos = nanosAt;
  severityOf = severityAt;
  eventOf = eventAt;
  bodyOf = bodyAt;
  fieldFrom = fieldFromAt;
  fieldTo = fieldToAt;
  fields = fieldsAt;
  validUtf8 = isValidUtf8;
  repeatedKeys = hasRepeatedKeys;
}

/** `keysAt`: a span per key of `","name":"`; `hiddenAt`: a byte per key, or 0; `headsAt`: a span per event and severity. */
export function setTexts(
  keysAt: usize,
  hiddenAt: usize,
  observedAt: usize,
  observedBytes: usize,
  headsAt: usize,
  severities: i32,
  tailAt: usize,
  tailBytes: usize,
): void {
  keys = keysAt;
  hidden = hiddenAt;
  observed = observedAt;
  observedLength = observedBytes;
  heads = headsAt;
  headsPerEvent = severities;
  tail = tailAt;
  tailLength = tailBytes;
  layers = 0;
}

/**
 * `timeKeyAt`: what opens the line and its time, `{"time":"`; `attributesAt`: what stands between the body's text and the
 * attributes, `","attributes":{`. Records without a time are left to the caller if `isTimeRequired`.
 */
export function setFormat(
  timeKeyAt: usize,
  timeKeyBytes: usize,
  attributesAt: usize,
  attributesBytes: usize,
  isTimeRequired: bool,
): void {
  timeKey = timeKeyAt;
  timeKeyLength = timeKeyBytes;
  attributes = attributesAt;
  attributesLength = attributesBytes;
  timeRequired = isTimeRequired;
}

/** The next layer: its index (0 = every record has the first set) and a span per set of its JSON members. */
export function addLayer(indexAt: usize, spansAt: usize): void {
  const at = LAYERS + SPAN_BYTES * layers;
  store<u32>(at, <u32>indexAt);
  store<u32>(at + 4, <u32>spansAt);
  layers++;
}

/** `writtenAt` takes, per record, the number of bytes of output up to its end. */
export function setOutput(from: usize, to: usize, position: usize, writtenAt: usize): void {
  useOutput(from, to, position);
  written = writtenAt;
}

export function position(): i32 {
  return writtenBytes();
}

/** Why `encode` stopped. */
export function reason(): i32 {
  return stopReason;
}

/** Encodes records from `first` on. Returns `count`, or the record before which it stopped. */
export function encode(first: i32, count: i32): i32 {
  for (let i = first; i < count; i++) {
    const before = out;
    stopReason = record(i);
    if (stopReason != DONE) {
      moveTo(before);
      return i;
    }
    store<i32>(written + (<usize>i << 2), writtenBytes());
  }
  return count;
}

function record(i: i32): i32 {
  const word = <usize>i << 2;
  const head = heads + SPAN_BYTES * <usize>(<i32>load<u8>(eventOf + i) * headsPerEvent + <i32>load<u8>(severityOf + i));
  if (!hasRoom(timeKeyLength + observedLength + <usize>load<u32>(head + 4))) return NO_ROOM;
  const ms = load<f64>(times + (<usize>i << 3));
  if (isNaN(ms)) {
    if (timeRequired) return NOT_PLAIN;
    put(0x7b);
  } else if (isWritable(ms)) {
    copy(timeKey, timeKeyLength);
    time(ms, load<u32>(nanos + word));
  } else return NOT_PLAIN;
  copy(observed, observedLength);
  copySpan(head);
  const from = fields + FIELD_BYTES * <usize>load<u32>(fieldFrom + word);
  const to = fields + FIELD_BYTES * <usize>load<u32>(fieldTo + word);
  const body = load<i32>(bodyOf + word);
  let status = DONE;
  if (body >= 0) status = value(fields + (<usize>body << 2));
  else if (from == to) {
    if (!validUtf8) return NOT_PLAIN;
    status = escape(bytes + load<u32>(starts + word), bytes + load<u32>(ends + word));
  }
  if (status != DONE) return status;
  if (!hasRoom(attributesLength)) return NO_ROOM;
  copy(attributes, attributesLength);
  const start = out;
  status = members(from, to);
  if (status != DONE) return status;
  for (let l: usize = 0; l < layers; l++) {
    const set = setOf(l, word);
    if (set == 0 || load<u32>(set + 4) == 0) continue;
    if (!hasRoom(<usize>load<u32>(set + 4))) return NO_ROOM;
    if (out != start) put(COMMA);
    copySpan(set);
  }
  if (!hasRoom(tailLength)) return NO_ROOM;
  copy(tail, tailLength);
  return DONE;
}

/** Span of the members that layer `l` puts on the record whose word is at `word`, or 0. */
function setOf(l: usize, word: usize): usize {
  const layer = LAYERS + SPAN_BYTES * l;
  const index = <usize>load<u32>(layer);
  const spans = <usize>load<u32>(layer + 4);
  if (index == 0) return spans;
  const k = <usize>load<u32>(index + word);
  return k == 0 ? 0 : spans + SPAN_BYTES * (k - 1);
}

/** The fields from `from` to `to` as members of an object, the body left out. */
function members(from: usize, to: usize): i32 {
  let some = false;
  for (let slot = from; slot < to; slot += FIELD_BYTES) {
    const key = load<i32>(slot);
    if (key == 0 || (repeatedKeys && isRepeated(key, slot, to))) continue;
    if (hidden != 0 && load<u8>(hidden + key) != 0) return NOT_PLAIN;
    const span = keys + SPAN_BYTES * <usize>key;
    const length = <usize>load<u32>(span + 4);
    if (!hasRoom(length)) return NO_ROOM;
    // The first member has no quote to close and no comma before it.
    if (some) copy(<usize>load<u32>(span), length);
    else copy(<usize>load<u32>(span) + 2, length - 2);
    some = true;
    const status = value(slot);
    if (status != DONE) return status;
  }
  if (some) put(QUOTE);
  return DONE;
}

/** A later field of the record has the same key: the last one is the value. */
function isRepeated(key: i32, slot: usize, to: usize): bool {
  for (let later = slot + FIELD_BYTES; later < to; later += FIELD_BYTES) if (load<i32>(later) == key) return true;
  return false;
}

/** The value in `slot` as the inside of a JSON string. */
function value(slot: usize): i32 {
  const from = bytes + load<u32>(slot + 4);
  const to = bytes + load<u32>(slot + 8);
  const flags = load<i32>(slot + 12);
  if ((flags & NON_ASCII) != 0 && !validUtf8) return NOT_PLAIN;
  if ((flags & JSON_SAFE) != 0) {
    if (!hasRoom(to - from)) return NO_ROOM;
    copy(from, to - from);
    return DONE;
  }
  return (flags & ESCAPED) != 0 ? NOT_PLAIN : escape(from, to);
}

@inline
function copySpan(span: usize): void {
  copy(<usize>load<u32>(span), <usize>load<u32>(span + 4));
}
