import type { Attributes } from "#core/attributes.ts";
import { AttributeSet } from "#core/attributes.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { rawColumns } from "#core/column-writer.ts";
import { KeyTable } from "#core/key-table.ts";

/** Records of raw text, as file_log makes them; `attributes` are those of the file. */
export function linesBatch(lines: readonly string[], attributes: Attributes = {}): ColumnBatch {
  const pieces = lines.map((line) => Buffer.from(`${line}\n`));
  const start = new Uint32Array(lines.length);
  const end = new Uint32Array(lines.length);
  let at = 0;
  for (const [i, piece] of pieces.entries()) {
    start[i] = at;
    at += piece.length;
    end[i] = at - 1;
  }
  const columns = rawColumns(Buffer.concat(pieces), start, end, new KeyTable(), 1_786_069_212_000_000_000n);
  return new ColumnBatch({ attributes: {} }, columns, [{ sets: [new AttributeSet(attributes)], index: undefined }]);
}
