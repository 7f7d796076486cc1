import { JSON_SAFE, NON_ASCII } from "#core/columns.ts";
import type { ColumnWriter } from "#core/column-writer.ts";
import { BODY, NO_KEY } from "#core/key-table.ts";
import { QUERY_TEXT } from "./field-names.ts";
import { OK, SLOW_NO_SQL, SLOW_NO_TIME, TOO_MANY_KEYS } from "./parse-error.ts";
import { WARN_INDEX } from "./severities.ts";
import { parseRfc3339 } from "./timestamp.ts";

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const COLON = 0x3a;

/** `event_name` index of a slow-log entry; the writer's event name table has it there. */
const SLOW_EVENT = 1;

const NOTHING = Buffer.alloc(0);
const PREFIX = Buffer.from("# Time: ");
const USE = Buffer.from("use ");

/** Keys whose value is the rest of the line, spaces and all. Source: TiDB's own reader, `slow_query.go`. */
const WHOLE_LINE = ["User@Host", "Prev_stmt", "DB", "Warnings", "Session_connect_attrs", "Request_unit_v2_detail"].map(
  (key) => Buffer.from(key),
);
const BACKOFF = Buffer.from("Cop_backoff_");

/** Whether a slow-log entry starts at `bytes[at]`. */
export function startsSlowEntry(bytes: Buffer, at: number, end: number): boolean {
  return end - at > PREFIX.length && startsWith(bytes, at, end, PREFIX);
}

/**
 * Parser of one slow-log entry (all its lines), into columns. The grammar is its own: values are not escaped, the
 * statement is one line. Unknown keys are kept: the set grows with every release.
 */
export class SlowParser {
  #bytes: Buffer = NOTHING;
  readonly #out: ColumnWriter;
  readonly #query: number;

  constructor(out: ColumnWriter) {
    this.#out = out;
    this.#query = out.keys.intern(QUERY_TEXT);
  }

  /** What the offsets from here on are about. */
  useBytes(bytes: Buffer): void {
    this.#bytes = bytes;
  }

  /** Parses the entry at [from, to), which starts with `# Time: `. Returns an index into PARSE_ERRORS. */
  parse(from: number, to: number): number {
    const bytes = this.#bytes;
    const out = this.#out;
    out.severity = WARN_INDEX;
    out.event = SLOW_EVENT;
    let at = from;
    let lineEnd = endOfLine(bytes, at, to);
    const time = parseRfc3339(bytes, at + PREFIX.length, trimEnd(bytes, at, lineEnd));
    if (time === undefined) return SLOW_NO_TIME;
    out.timeMs = time.ms;
    out.timeNs = time.ns;
    for (;;) {
      at = lineEnd + 1;
      if (at >= to) return SLOW_NO_SQL;
      lineEnd = endOfLine(bytes, at, to);
      if (bytes[at] !== 0x23 || bytes[at + 1] !== SPACE) break;
      const failed = this.#keys(at + 2, trimEnd(bytes, at, lineEnd));
      if (failed !== OK) return failed;
    }
    // `use db;` stands before the statement; a statement that is itself a `use` has no line after it.
    if (lineEnd + 1 < to && startsWith(bytes, at, lineEnd, USE)) at = lineEnd + 1;
    const end = trimEnd(bytes, at, to);
    if (end <= at) return SLOW_NO_SQL;
    const flags = valueFlags(bytes, at, end);
    out.field(this.#query, at, end, flags);
    out.field(BODY, at, end, flags);
    return OK;
  }

  /** `key: value key: value …` at `bytes[from, to)`. */
  #keys(from: number, to: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (at < to) {
      while (at < to && bytes[at] === SPACE) at++;
      const keyFrom = at;
      while (at < to && bytes[at] !== COLON) at++;
      if (at >= to || at === keyFrom) return OK;
      const keyTo = at;
      at++;
      if (bytes[at] === SPACE) at++;
      const valueFrom = Math.min(at, to);
      const valueTo = isWholeLine(bytes, keyFrom, keyTo) ? to : valueEnd(bytes, valueFrom, to);
      const key = this.#out.keys.internBytes(bytes, keyFrom, keyTo, (a, b) => bytes.toString("utf8", a, b));
      if (key === NO_KEY) return TOO_MANY_KEYS;
      this.#out.field(key, valueFrom, valueTo, valueFlags(bytes, valueFrom, valueTo));
      at = valueTo;
    }
    return OK;
  }
}

/** End of a value: its matching bracket when it starts with one, else the next space. */
function valueEnd(bytes: Buffer, from: number, to: number): number {
  const open = bytes[from];
  if (open !== 0x7b && open !== 0x5b) {
    const space = bytes.indexOf(SPACE, from);
    return space < 0 || space > to ? to : space;
  }
  const close = open + 2;
  let depth = 0;
  for (let i = from; i < to; i++) {
    if (bytes[i] === open) depth++;
    else if (bytes[i] === close && --depth === 0) return i + 1;
  }
  return to;
}

function isWholeLine(bytes: Buffer, from: number, to: number): boolean {
  for (const key of WHOLE_LINE) if (key.length === to - from && startsWith(bytes, from, to, key)) return true;
  return startsWith(bytes, from, to, BACKOFF);
}

function valueFlags(bytes: Buffer, from: number, to: number): number {
  let flags = JSON_SAFE;
  let seen = 0;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    seen |= byte;
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c) flags = 0;
  }
  return seen >= 0x80 ? flags | NON_ASCII : flags;
}

function startsWith(bytes: Buffer, from: number, to: number, prefix: Buffer): boolean {
  if (to - from < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[from + i] !== prefix[i]) return false;
  return true;
}

function endOfLine(bytes: Buffer, from: number, to: number): number {
  const at = bytes.indexOf(LINE_FEED, from);
  return at < 0 || at > to ? to : at;
}

function trimEnd(bytes: Buffer, from: number, to: number): number {
  let end = to;
  while (end > from && ((bytes[end - 1] as number) === 0x0d || bytes[end - 1] === LINE_FEED)) end--;
  return end;
}
