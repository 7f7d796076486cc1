import type { KeyTable } from "#core/key-table.ts";
import { Words } from "./byte-writer.ts";

/**
 * What stands in JSON between two string members of an object, `","name":"`, for every key of a table: one block of
 * bytes, so that the encoder copies words and touches no object per field.
 */
export class JsonKeys {
  readonly table: KeyTable;
  /** Keys that the table had when this was made; it is stale when there are more. */
  readonly size: number;
  readonly view: DataView;
  /** Where the text of each key starts; one entry more than there are keys. */
  readonly starts: Uint32Array;
  readonly longest: number;

  constructor(table: KeyTable) {
    this.table = table;
    this.size = table.size;
    const texts = Array.from({ length: table.size }, (_, key) => Buffer.from(`",${JSON.stringify(table.name(key))}:"`));
    this.starts = new Uint32Array(table.size + 1);
    for (const [key, text] of texts.entries()) this.starts[key + 1] = (this.starts[key] as number) + text.length;
    this.view = new Words(Buffer.concat(texts)).view;
    this.longest = Math.max(...texts.map(({ length }) => length));
  }
}
