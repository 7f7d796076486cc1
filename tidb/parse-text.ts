import { ESCAPED, JSON_SAFE } from "#core/columns.ts";
import type { ColumnWriter } from "#core/column-writer.ts";
import { BODY, NO_KEY } from "#core/key-table.ts";
import { decodeValue } from "#core/decode-value.ts";
import { CALLER_FILE, CALLER_LINE, CONTINUATION, LOGGER, STACK } from "./field-names.ts";
import { AFTER_QUOTE, BAD_LEVEL, BAD_TIME, NOT_TIDB, OK, OUTSIDE, TOO_MANY_KEYS, UNCLOSED } from "./parse-error.ts";
import { severityIndex } from "./severities.ts";
import { parseTimestampMs, TIMESTAMP_LENGTH } from "./timestamp.ts";
import { TokenScanner } from "./token.ts";

const SPACE = 0x20;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const QUOTE = 0x22;
const EQUALS = 0x3d;

/** Longest `file:line` that is looked for. */
const MAX_CALLER = 256;

const NOTHING = Buffer.alloc(0);

/** `event_name` index of a general-log line; the writer's event name table has it there. */
export const GENERAL_EVENT = 2;
const GENERAL_LOG = Buffer.from("GENERAL_LOG");

/** Told of each key: where its bracket opens, where its value starts, and its id. */
type LearnKey = (from: number, to: number, key: number) => void;

/**
 * Parser of the unified log format as text (TiDB, PD, TiKV, TiFlash, TiCDC, TiProxy), into columns. Strict per the
 * RFC's grammar and tolerant where components deviate from it: missing time, level, caller or message, logger names,
 * doubled spaces, empty brackets, unquoted values with spaces.
 */
export class TextParser {
  readonly #token = new TokenScanner();
  readonly #out: ColumnWriter;
  #bytes: Buffer = NOTHING;
  readonly #logger: number;
  readonly #callerFile: number;
  readonly #callerLine: number;
  readonly #stack: number;
  readonly #continuation: number;
  readonly #decode: (from: number, to: number) => string;
  #keyFlags = 0;
  readonly #learn: LearnKey;

  constructor(out: ColumnWriter, learn: LearnKey) {
    this.#out = out;
    this.#learn = learn;
    this.#logger = out.keys.intern(LOGGER);
    this.#callerFile = out.keys.intern(CALLER_FILE);
    this.#callerLine = out.keys.intern(CALLER_LINE);
    this.#stack = out.keys.intern(STACK);
    this.#continuation = out.keys.intern(CONTINUATION);
    this.#decode = (from, to) => decodeValue(this.#bytes, from, to, this.#keyFlags);
  }

  /** What the offsets from here on are about. */
  useBytes(bytes: Buffer): void {
    this.#bytes = bytes;
  }

  /** Parses the line at [from, to), which has no final line feed. Returns an index into PARSE_ERRORS. */
  parse(from: number, to: number): number {
    const bytes = this.#bytes;
    const lineFeed = bytes.indexOf(0x0a, from);
    const end = lineFeed >= 0 && lineFeed < to ? lineFeed : to;
    let at = from;
    while (at < end && bytes[at] === SPACE) at++;
    if (bytes[at] !== OPEN) return NOT_TIDB;
    at = this.#header(at, end);
    if (at < 0) return -at;
    const failed = this.#brackets(at, end);
    if (failed !== OK) return failed;
    if (end < to) this.#out.field(this.#continuation, end + 1, to, 0);
    return OK;
  }

  /** Time and level. Returns the byte after them, or minus an error. */
  #header(start: number, end: number): number {
    const bytes = this.#bytes;
    let at = start;
    let timed = false;
    const digit = (bytes[at + 1] ?? 0) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (at + TIMESTAMP_LENGTH + 1 >= end || bytes[at + TIMESTAMP_LENGTH + 1] !== CLOSE) return -BAD_TIME;
      const ms = parseTimestampMs(bytes, at + 1);
      if (Number.isNaN(ms)) return -BAD_TIME;
      this.#out.timeMs = ms;
      timed = true;
      at += TIMESTAMP_LENGTH + 2;
      while (at < end && bytes[at] === SPACE) at++;
    }
    if (bytes[at] !== OPEN) return timed ? -BAD_LEVEL : -NOT_TIDB;
    let close = at + 1;
    const limit = Math.min(end, at + 12);
    while (close < limit && bytes[close] !== CLOSE) close++;
    const severity = bytes[close] === CLOSE ? severityIndex(bytes, at + 1, close) : 0;
    if (severity === 0) return timed ? -BAD_LEVEL : -NOT_TIDB;
    this.#out.severity = severity;
    return close + 1;
  }

  /** Logger name, caller, message and fields. */
  #brackets(start: number, end: number): number {
    const bytes = this.#bytes;
    let at = start;
    /** 0: nothing yet, 1: a logger name may have been, 2: caller done, 3: message done, only fields and a stack. */
    let stage = 0;
    for (;;) {
      while (at < end && bytes[at] === SPACE) at++;
      if (at >= end) return OK;
      if (bytes[at] !== OPEN) return OUTSIDE;
      const inside = at + 1;
      if (stage < 2) {
        const caller = this.#caller(inside, end);
        if (caller > 0) {
          at = caller;
          stage = 2;
          continue;
        }
      }
      if (bytes[inside] === CLOSE) {
        // An empty bracket is an empty message (TiKV) or a nil field (pingcap/log); both say nothing.
        at = inside + 1;
        if (stage === 2) stage = 3;
        continue;
      }
      const next = this.#fieldOrText(inside, end, stage);
      if (next < 0) return -next;
      at = next;
      if (this.#wasText) stage = this.#textStage;
    }
  }

  #wasText = false;
  #textStage = 0;

  /** One bracket: a field, or text that is the message, a logger name or a stack. Returns the byte after it. */
  #fieldOrText(inside: number, end: number, stage: number): number {
    const bytes = this.#bytes;
    const token = this.#token;
    const out = this.#out;
    let keyFrom = inside;
    let keyTo = -1;
    this.#keyFlags = 0;
    if (bytes[inside] === QUOTE) {
      if (!token.quoted(bytes, inside, end)) return -UNCLOSED;
      keyFrom = token.from;
      keyTo = token.to;
      if (bytes[token.next] === EQUALS) this.#keyFlags = token.flags & ESCAPED;
      else if (bytes[token.next] === CLOSE) {
        this.#text(token.from, token.to, token.flags, stage);
        return token.next + 1;
      } else return -AFTER_QUOTE;
    } else {
      keyTo = rawKeyEnd(bytes, inside, end);
      if (keyTo < 0 || (stage < 3 && keyTo === inside)) {
        if (!token.raw(bytes, inside, end)) return -UNCLOSED;
        if (stage === 0 && this.#isLogger(token.next + 1, end)) {
          out.field(this.#logger, token.from, token.to, token.flags);
          this.#wasText = true;
          this.#textStage = 1;
        } else this.#text(token.from, token.to, token.flags, stage);
        return token.next + 1;
      }
      token.next = keyTo;
    }
    this.#wasText = false;
    const key = out.keys.internBytes(bytes, keyFrom, keyTo, this.#decode);
    if (key === NO_KEY) return -TOO_MANY_KEYS;
    this.#learn(inside - 1, token.next + 1, key);
    return this.#value(key, token.next + 1, end);
  }

  /** The value of a field. Returns the byte after its bracket. */
  #value(key: number, valueAt: number, end: number): number {
    const bytes = this.#bytes;
    const token = this.#token;
    const out = this.#out;
    if (bytes[valueAt] === QUOTE && token.quoted(bytes, valueAt, end) && bytes[token.next] === CLOSE) {
      out.field(key, token.from, token.to, token.flags);
      return token.next + 1;
    }
    if (!token.raw(bytes, valueAt, end)) return -UNCLOSED;
    out.field(key, token.from, token.to, token.flags);
    return token.next + 1;
  }

  #text(from: number, to: number, flags: number, stage: number): void {
    this.#wasText = true;
    this.#textStage = 3;
    if (stage === 3) {
      this.#out.field(this.#stack, from, to, flags);
      return;
    }
    this.#out.field(BODY, from, to, flags);
    if (isGeneralLog(this.#bytes, from, to)) this.#out.event = GENERAL_EVENT;
  }

  /** Marks `file:line` or `<unknown>` at `at`. Returns the byte after the bracket, or 0 when it is none. */
  #caller(at: number, end: number): number {
    const close = this.#callerEnd(at, end);
    if (close > 0 && this.#callerColon > 0) {
      this.#out.field(this.#callerFile, at, this.#callerColon, JSON_SAFE);
      this.#out.field(this.#callerLine, this.#callerColon + 1, close, JSON_SAFE);
    }
    return close > 0 ? close + 1 : 0;
  }

  #callerColon = 0;

  /** The bracket that closes a caller starting at `at`, or 0 when it is none; leaves where its colon is. */
  #callerEnd(at: number, end: number): number {
    const bytes = this.#bytes;
    const limit = Math.min(end, at + MAX_CALLER);
    let colon = 0;
    let i = at;
    for (; i < limit && bytes[i] !== CLOSE; i++) {
      const byte = bytes[i] as number;
      if (byte === 0x3a && colon === 0) colon = i;
      else if (
        colon > 0 ? byte < 0x30 || byte > 0x39 : byte <= SPACE || byte === QUOTE || byte === EQUALS || byte === OPEN
      )
        return 0;
    }
    if (i >= limit) return 0;
    this.#callerColon = colon;
    if (colon === 0) return i - at === 9 && bytes.toString("latin1", at, i) === "<unknown>" ? i : 0;
    return colon > at && colon + 1 < i ? i : 0;
  }

  /** The bracket before `at` is a logger name: a caller follows it. */
  #isLogger(at: number, end: number): boolean {
    let i = at;
    while (i < end && this.#bytes[i] === SPACE) i++;
    return this.#bytes[i] === OPEN && this.#callerEnd(i + 1, end) > 0;
  }
}

/** The message of the general log, whatever the line around it. */
export function isGeneralLog(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== GENERAL_LOG.length) return false;
  for (let i = 0; i < GENERAL_LOG.length; i++) if (bytes[from + i] !== GENERAL_LOG[i]) return false;
  return true;
}

/** Where a raw key ends (at its `=`), or -1 when the bracket holds no field. */
function rawKeyEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === EQUALS) return i;
    if (byte <= SPACE || byte === QUOTE || byte === OPEN || byte === CLOSE) return -1;
  }
  return -1;
}
