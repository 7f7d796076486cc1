import { ESCAPED, JSON_SAFE, NON_ASCII } from "#core/columns.ts";
import type { ColumnWriter } from "#core/column-writer.ts";
import { decodeValue } from "#core/decode-value.ts";
import { BODY, NO_KEY } from "#core/key-table.ts";
import { CALLER_FILE, CALLER_LINE, LOGGER } from "./field-names.ts";
import { BAD_JSON, BAD_LEVEL, BAD_TIME, OK, TOO_MANY_KEYS } from "./parse-error.ts";
import { severityIndex } from "./severities.ts";
import { parseTimestampMs, TIMESTAMP_LENGTH } from "./timestamp.ts";
import { TokenScanner } from "./token.ts";
import { GENERAL_EVENT, isGeneralLog } from "./parse-text.ts";

const QUOTE = 0x22;
const NOTHING = Buffer.alloc(0);
/** Deepest nesting of a value that is kept as text. */
const MAX_DEPTH = 64;

type HeaderName = "level" | "time" | "caller" | "message" | "logger";

/** Keys that all components' JSON lines share (zap's and TiKV's, and TiProxy's spellings). */
const HEADER = new Map<string, HeaderName>([
  ["level", "level"],
  ["time", "time"],
  ["ts", "time"],
  ["caller", "caller"],
  ["message", "message"],
  ["msg", "message"],
  ["logger", "logger"],
]);

/**
 * Parser of the unified log format as JSON lines, into columns. Scalars keep their text, so 64-bit ids stay exact and
 * a field reads the same whether the log is text or JSON; nested values are kept as JSON text; null is no field.
 */
export class JsonParser {
  readonly #token = new TokenScanner();
  readonly #out: ColumnWriter;
  #bytes: Buffer = NOTHING;
  readonly #decode: (from: number, to: number) => string;
  #keyFlags = 0;
  #at = 0;

  constructor(out: ColumnWriter) {
    this.#out = out;
    this.#decode = (from, to) => decodeValue(this.#bytes, from, to, this.#keyFlags);
  }

  /** What the offsets from here on are about. */
  useBytes(bytes: Buffer): void {
    this.#bytes = bytes;
  }

  /** Parses what stands at [from, to), one JSON object. Returns an index into PARSE_ERRORS. */
  parse(from: number, to: number): number {
    const bytes = this.#bytes;
    this.#at = from + 1;
    let headerSeen = false;
    for (;;) {
      this.#space(to);
      if (bytes[this.#at] === 0x7d) break;
      if (bytes[this.#at] !== QUOTE || !this.#token.quoted(bytes, this.#at, to)) return BAD_JSON;
      const { from: keyFrom, to: keyTo, next, flags } = this.#token;
      this.#keyFlags = flags & ESCAPED;
      this.#at = next;
      this.#space(to);
      if (bytes[this.#at] !== 0x3a) return BAD_JSON;
      this.#at++;
      this.#space(to);
      if (!this.#value(to)) return BAD_JSON;
      const header = keyTo - keyFrom <= 10 ? HEADER.get(bytes.toString("latin1", keyFrom, keyTo)) : undefined;
      const failed = header === undefined ? this.#field(keyFrom, keyTo) : this.#header(header);
      if (failed !== OK) return failed;
      headerSeen ||= header === "message" || header === "level";
      this.#space(to);
      if (bytes[this.#at] === 0x2c) this.#at++;
      else if (bytes[this.#at] !== 0x7d) return BAD_JSON;
    }
    this.#at++;
    this.#space(to);
    return this.#at >= to && headerSeen ? OK : BAD_JSON;
  }

  #field(keyFrom: number, keyTo: number): number {
    const { from, to, flags } = this.#token;
    if (this.#isNull()) return OK;
    const key = this.#out.keys.internBytes(this.#bytes, keyFrom, keyTo, this.#decode);
    if (key === NO_KEY) return TOO_MANY_KEYS;
    this.#out.field(key, from, to, flags);
    return OK;
  }

  #header(name: HeaderName): number {
    const { from, to, flags } = this.#token;
    const out = this.#out;
    const bytes = this.#bytes;
    switch (name) {
      case "level":
        out.severity = severityIndex(bytes, from, to);
        return out.severity === 0 ? BAD_LEVEL : OK;
      case "time":
        out.timeMs = to - from === TIMESTAMP_LENGTH ? parseTimestampMs(bytes, from) : Number.NaN;
        return Number.isNaN(out.timeMs) ? BAD_TIME : OK;
      case "caller": {
        const colon = bytes.lastIndexOf(0x3a, to - 1);
        if (colon < from) out.field(out.keys.intern(CALLER_FILE), from, to, flags);
        else {
          out.field(out.keys.intern(CALLER_FILE), from, colon, flags);
          out.field(out.keys.intern(CALLER_LINE), colon + 1, to, flags);
        }
        return OK;
      }
      case "message":
        out.field(BODY, from, to, flags);
        if (isGeneralLog(bytes, from, to)) out.event = GENERAL_EVENT;
        return OK;
      default:
        out.field(out.keys.intern(LOGGER), from, to, flags);
        return OK;
    }
  }

  /** Marks the value at `#at` in the token and moves behind it. */
  #value(end: number): boolean {
    const bytes = this.#bytes;
    const token = this.#token;
    const first = bytes[this.#at];
    if (first === QUOTE) {
      if (!token.quoted(bytes, this.#at, end)) return false;
      this.#at = token.next;
      return true;
    }
    token.from = this.#at;
    if (first === 0x7b || first === 0x5b) {
      if (!this.#nested(end)) return false;
      token.flags = NON_ASCII;
    } else {
      while (this.#at < end && isScalar(bytes[this.#at] as number)) this.#at++;
      token.flags = JSON_SAFE;
    }
    token.to = this.#at;
    return token.to > token.from;
  }

  #nested(end: number): boolean {
    const bytes = this.#bytes;
    const inner = new TokenScanner();
    let depth = 0;
    while (this.#at < end) {
      const byte = bytes[this.#at] as number;
      if (byte === QUOTE) {
        if (!inner.quoted(bytes, this.#at, end)) return false;
        this.#at = inner.next;
        continue;
      }
      this.#at++;
      if (byte === 0x7b || byte === 0x5b) {
        if (++depth > MAX_DEPTH) return false;
      } else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return true;
    }
    return false;
  }

  #isNull(): boolean {
    const { from, to } = this.#token;
    return to - from === 4 && this.#bytes[from - 1] !== QUOTE && this.#bytes.toString("latin1", from, to) === "null";
  }

  #space(end: number): void {
    const bytes = this.#bytes;
    while (this.#at < end && (bytes[this.#at] as number) <= 0x20) this.#at++;
  }
}

/** Part of a number, `true`, `false` or `null`. */
function isScalar(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    byte === 0x45
  );
}
