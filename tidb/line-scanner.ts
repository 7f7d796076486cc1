import { readFileSync } from "node:fs";
import { type Columns, FIELD_SLOTS } from "#core/columns.ts";
import type { ColumnWriter } from "#core/column-writer.ts";
import { CALLER_FILE, CALLER_LINE } from "./field-names.ts";
import { SEVERITIES } from "./severities.ts";

const PAGE = 65_536;

/** Bytes behind the text that a load of sixteen may touch. */
const SLACK = 64;

/** Larger blocks, which hold a giant line, are left to the parser: the memory of a scanner does not shrink. */
const MAX_BYTES = 1024 * 1024;

/** Shorter lines than this are never taken. */
const SHORTEST_LINE = 32;

/** Exports of `wasm/scan-lines.ts`. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  freeFrom(): number;
  setIds(file: number, line: number, general: number): void;
  addSeverity(text: bigint, length: number): void;
  setColumns(...addresses: number[]): void;
  learn(from: number, to: number, id: number): void;
  scan(count: number): number;
  fieldCount(): number;
  hasRepeatedKeys(): number;
}

/** Compiled once per process, when the first scanner is made. */
let compiled: WebAssembly.Module | undefined;

/**
 * Marks the fields of ordinary text lines with SIMD instructions; `parse-text.ts` parses the others. It knows a key once
 * the parser has shown how it is spelled, so the first lines of a kind are the parser's. One per batch that is under way.
 */
export class LineScanner {
  readonly #exports: Exports;
  readonly #out: ColumnWriter;
  #fieldCapacity = 4096;
  #holdsBlock = false;

  constructor(out: ColumnWriter, generalEvent: number) {
    this.#out = out;
    compiled ??= new WebAssembly.Module(readFileSync(new URL("wasm/scan-lines.wasm", import.meta.url)));
    this.#exports = new WebAssembly.Instance(compiled).exports as unknown as Exports;
    this.#exports.setIds(out.keys.intern(CALLER_FILE), out.keys.intern(CALLER_LINE), generalEvent);
    for (const { text = "" } of SEVERITIES.slice(1)) {
      const padded = Buffer.alloc(8);
      padded.write(text);
      this.#exports.addSeverity(padded.readBigUInt64LE(), text.length);
    }
  }

  /**
   * Scans raw records and hands the columns to the writer. The result has a 1 for each record that is done; undefined
   * when none was looked at. Valid until the next call.
   */
  scan(raw: Columns): Uint8Array | undefined {
    const { bytes, count } = raw;
    this.#holdsBlock = bytes.length <= MAX_BYTES && count * SHORTEST_LINE <= bytes.length;
    if (!this.#holdsBlock) return undefined;
    for (;;) {
      const columns = this.#open(raw);
      if (this.#exports.scan(count) === 0) {
        this.#fieldCapacity *= 2;
        continue;
      }
      const { timeMs, severity, event, body, fieldFrom, fieldTo, taken } = columns;
      const fields = columns.fields.subarray(0, this.#exports.fieldCount() * FIELD_SLOTS);
      const repeatedKeys = this.#exports.hasRepeatedKeys() !== 0;
      this.#out.adopt({ timeMs, severity, event, body, fieldFrom, fieldTo, fields, repeatedKeys });
      return taken;
    }
  }

  /** A key that the parser met in the block scanned last: its bracket opens at `from`, its value starts at `to`. */
  learn(from: number, to: number, key: number): void {
    if (this.#holdsBlock) this.#exports.learn(from, to, key);
  }

  /** Puts the block into the memory and makes room for its columns. */
  #open({ bytes, start, end, count }: Columns) {
    let at = this.#exports.freeFrom();
    const take = (size: number): number => {
      const address = (at + 15) & ~15;
      at = address + size;
      return address;
    };
    const bytesAt = take(bytes.length + SLACK);
    const timeAt = take(count * 8);
    const startAt = take(count * 4);
    const endAt = take(count * 4);
    const bodyAt = take(count * 4);
    const fromAt = take(count * 4);
    const toAt = take(count * 4);
    const severityAt = take(count);
    const eventAt = take(count);
    const takenAt = take(count);
    const fieldsAt = take(this.#fieldCapacity * FIELD_SLOTS * 4);
    const { memory } = this.#exports;
    if (at > memory.buffer.byteLength) memory.grow(Math.ceil((at - memory.buffer.byteLength) / PAGE));
    const { buffer } = memory;
    const block = new Uint8Array(buffer, bytesAt, bytes.length + SLACK);
    block.set(bytes);
    block.fill(0, bytes.length);
    new Uint32Array(buffer, startAt, count).set(start.subarray(0, count));
    new Uint32Array(buffer, endAt, count).set(end.subarray(0, count));
    const { setColumns } = this.#exports;
    setColumns(bytesAt, startAt, endAt, timeAt, severityAt, eventAt, bodyAt, fromAt, toAt, takenAt, fieldsAt, at);
    return {
      timeMs: new Float64Array(buffer, timeAt, count),
      severity: new Uint8Array(buffer, severityAt, count),
      event: new Uint8Array(buffer, eventAt, count),
      body: new Int32Array(buffer, bodyAt, count),
      fieldFrom: new Uint32Array(buffer, fromAt, count),
      fieldTo: new Uint32Array(buffer, toAt, count),
      taken: new Uint8Array(buffer, takenAt, count),
      fields: new Int32Array(buffer, fieldsAt, this.#fieldCapacity * FIELD_SLOTS),
    };
  }
}
