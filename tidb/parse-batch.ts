import { isAscii, isUtf8 } from "node:buffer";
import type { Columns } from "#core/columns.ts";
import type { ColumnWriter } from "#core/column-writer.ts";
import { NOT_TIDB, OK } from "./parse-error.ts";
import { JsonParser } from "./parse-json.ts";
import { SlowParser, startsSlowEntry } from "./parse-slow.ts";
import { TextParser } from "./parse-text.ts";
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
 * its first byte: `[` text, `{` JSON, `# Time: ` slow log. One that is malformed stays raw text, whole. The columns
 * live in the writer: until it is opened again.
 */
export function parseColumns(raw: Columns, out: ColumnWriter): ParsedColumns {
  const { bytes } = raw;
  out.open(raw.count);
  const text = new TextParser(bytes, out);
  const json = new JsonParser(bytes, out);
  const slow = new SlowParser(bytes, out);
  let errors: Uint32Array | undefined;
  let failed = 0;
  for (let i = 0; i < raw.count; i++) {
    const from = raw.start[i] as number;
    const to = raw.end[i] as number;
    out.begin();
    const first = bytes[from];
    let error: number;
    if (from >= to) error = NOT_TIDB;
    else if (first === 0x7b) error = json.parse(from, to);
    else if (first === 0x23 && startsSlowEntry(bytes, from, to)) error = slow.parse(from, to);
    else error = text.parse(from, to);
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
