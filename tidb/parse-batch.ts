import { isAscii, isUtf8 } from "node:buffer";
import type { Columns } from "#core/columns.ts";
import { ColumnWriter } from "#core/column-writer.ts";
import type { KeyTable } from "#core/key-table.ts";
import { LineScanner } from "./line-scanner.ts";
import { NOT_TIDB, OK } from "./parse-error.ts";
import { JsonParser } from "./parse-json.ts";
import { SlowParser, startsSlowEntry } from "./parse-slow.ts";
import { GENERAL_EVENT, TextParser } from "./parse-text.ts";
import { SEVERITIES } from "./severities.ts";

/** What a parsed record is; `event_name` of the record. */
const EVENT_NAMES: readonly (string | undefined)[] = [undefined, "tidb.slow_query", "tidb.general_query"];

export interface ParsedColumns {
  readonly columns: Columns;
  /** Per record an index into PARSE_ERRORS; undefined when every record parsed. */
  readonly errors: Uint32Array | undefined;
  readonly failed: number;
}

/**
 * Marks the fields of raw records (lines, or whole slow-log entries) in their own bytes. Each record is recognised by
 * its first byte: `[` text, `{` JSON, `# Time: ` slow log. One that is malformed stays raw text, whole. What it gives
 * lives until the next call: one parser per batch that is under way.
 */
export class BatchParser {
  readonly #out: ColumnWriter;
  readonly #scanner: LineScanner;
  readonly #text: TextParser;
  readonly #json: JsonParser;
  readonly #slow: SlowParser;

  constructor(keys: KeyTable) {
    this.#out = new ColumnWriter(keys);
    this.#scanner = new LineScanner(this.#out, GENERAL_EVENT);
    this.#text = new TextParser(this.#out, (from, to, key) => this.#scanner.learn(from, to, key));
    this.#json = new JsonParser(this.#out);
    this.#slow = new SlowParser(this.#out);
  }

  parse(raw: Columns): ParsedColumns {
    const { bytes } = raw;
    const out = this.#out;
    out.open(raw.count);
    const done = this.#scanner.scan(raw);
    for (const parser of [this.#text, this.#json, this.#slow]) parser.useBytes(bytes);
    let errors: Uint32Array | undefined;
    let failed = 0;
    for (let i = 0; i < raw.count; i++) {
      if (done?.[i] === 1) continue;
      out.begin(i);
      const error = this.#record(bytes, raw.start[i] as number, raw.end[i] as number);
      if (error === OK) out.end();
      else {
        out.discard();
        errors ??= new Uint32Array(raw.count);
        errors[i] = error;
        failed++;
      }
    }
    return { columns: out.finish(raw, SEVERITIES, EVENT_NAMES, isAscii(bytes) || isUtf8(bytes)), errors, failed };
  }

  #record(bytes: Buffer, from: number, to: number): number {
    if (from >= to) return NOT_TIDB;
    const first = bytes[from];
    if (first === 0x7b) return this.#json.parse(from, to);
    if (first === 0x23 && startsSlowEntry(bytes, from, to)) return this.#slow.parse(from, to);
    return this.#text.parse(from, to);
  }
}
