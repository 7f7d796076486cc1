import { AttributeSet, toText } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { rawColumns } from "#core/column-writer.ts";
import type { KeyTable } from "#core/key-table.ts";

/** A batch of objects whose bodies are log lines, as columns over those lines; attributes become a layer. */
export function packBodies(batch: LogBatch, keys: KeyTable): ColumnBatch {
  const lines = Array.from(batch, (record) => Buffer.from(toText(record.body)));
  const start = new Uint32Array(lines.length);
  const end = new Uint32Array(lines.length);
  let at = 0;
  for (const [i, line] of lines.entries()) {
    start[i] = at;
    at += line.length;
    end[i] = at;
  }
  const observed = batch.size > 0 ? batch.at(0).observedTimeUnixNano : 0n;
  const columns = rawColumns(Buffer.concat(lines), start, end, keys, observed);
  const sets = Array.from(batch, (record) => new AttributeSet(record.attributes));
  return new ColumnBatch(batch.resource, columns, [{ sets, index: Uint32Array.from(sets, (_, i) => i + 1) }]);
}
