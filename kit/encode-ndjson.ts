import type { LogBatch } from "#core/batch.ts";
import { disjoint, hiddenKeys } from "./layer-names.ts";
import { LineWriter } from "./line-writer.ts";
import { type LineFormat, RECORD_LINE, recordLine } from "./record-json.ts";

/** Records as JSON lines. */
export interface Encoded {
  /** All lines, each with its line feed; valid until the next call. */
  readonly bytes: Buffer;
  /** Byte after the line feed of each record. */
  readonly ends: Uint32Array;
}

/**
 * Writes records as NDJSON, one object a line. Values of a column batch are copied as bytes wherever they are JSON already;
 * the result is the same as for an object batch with the same records.
 */
export class NdjsonEncoder {
  readonly #format: LineFormat;
  #writer: LineWriter | undefined;
  #ends = new Uint32Array(1024);

  constructor(format: LineFormat = RECORD_LINE) {
    this.#format = format;
  }

  encode(batch: LogBatch): Encoded {
    if (this.#ends.length < batch.size) this.#ends = new Uint32Array(batch.size * 2);
    const bytes = this.#columns(batch) ?? this.#objects(batch);
    return { bytes, ends: this.#ends.subarray(0, batch.size) };
  }

  #columns(batch: LogBatch): Buffer | undefined {
    const { columns, layers } = batch;
    if (columns === undefined || !disjoint(layers)) return undefined;
    const frame = this.#format.frame(batch.resource, columns.observedTimeUnixNano);
    const line = (i: number): string => recordLine(batch.at(i), frame, this.#format);
    this.#writer ??= new LineWriter(this.#format);
    return this.#writer.write({ columns, layers, hidden: hiddenKeys(columns, layers), frame, line }, this.#ends);
  }

  #objects(batch: LogBatch): Buffer {
    const lines: Buffer[] = [];
    let end = 0;
    let i = 0;
    for (const record of batch) {
      const frame = this.#format.frame(batch.resource, record.observedTimeUnixNano);
      const line = Buffer.from(recordLine(record, frame, this.#format));
      lines.push(line);
      end += line.length;
      this.#ends[i++] = end;
    }
    return Buffer.concat(lines);
  }
}
