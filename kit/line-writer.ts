import { readFileSync } from "node:fs";
import type { OverlayLayer } from "#core/batch.ts";
import { type Columns, FIELD_SLOTS, usedFields } from "#core/columns.ts";
import type { Frame, LineFormat } from "./record-json.ts";
import { TextArena } from "./text-arena.ts";

const PAGE = 65_536;

/** Bytes behind a region that a copy in words of sixteen may touch. */
const SLACK = 16;

/** Part of the memory for texts that records have in common. */
const ARENA_BYTES = 1024 * 1024;

/** Larger batches, which hold a giant record, are not taken: the memory does not shrink. */
const MAX_BYTES = 8 * 1024 * 1024;

const MAX_LAYERS = 16;

const NO_ROOM = 1;

/** Exports of `wasm/encode-lines.ts`. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  freeFrom(): number;
  setRecords(...addresses: number[]): void;
  setTexts(...addresses: number[]): void;
  setFormat(
    timeKey: number,
    timeKeyBytes: number,
    attributes: number,
    attributesBytes: number,
    timeRequired: number,
  ): void;
  addLayer(index: number, spans: number): void;
  setOutput(from: number, to: number, position: number, written: number): void;
  position(): number;
  reason(): number;
  encode(first: number, count: number): number;
}

/** Compiled once per process, when the first writer is made. */
let compiled: WebAssembly.Module | undefined;

/** What a batch is to be written with. */
export interface Job {
  readonly columns: Columns;
  /** No two have a name in common. */
  readonly layers: readonly OverlayLayer[];
  /** 1 for keys that a layer may hide: such records are left to `line`. */
  readonly hidden: Uint8Array | undefined;
  readonly frame: Frame;
  /** The line of a record that cannot be written by copying. */
  line(i: number): string;
}

/** Writes the records of column batches as JSON lines, by copying bytes with SIMD instructions. */
export class LineWriter {
  readonly #format: LineFormat;
  readonly #exports: Exports;
  readonly #arena: TextArena;
  readonly #batchFrom: number;
  #at = 0;

  constructor(format: LineFormat) {
    this.#format = format;
    compiled ??= new WebAssembly.Module(readFileSync(new URL("wasm/encode-lines.wasm", import.meta.url)));
    this.#exports = new WebAssembly.Instance(compiled).exports as unknown as Exports;
    const from = this.#exports.freeFrom();
    this.#batchFrom = from + ARENA_BYTES;
    this.#reserve(this.#batchFrom);
    this.#arena = new TextArena(this.#exports.memory.buffer, from, this.#batchFrom);
  }

  /**
   * All records, and in `ends` the byte after each; valid until the next call. Undefined when the batch is none that can
   * be written here.
   */
  write(job: Job, ends: Uint32Array): Buffer | undefined {
    const { bytes, count } = job.columns;
    if (bytes.length > MAX_BYTES || count * 8 > MAX_BYTES || job.layers.length > MAX_LAYERS) return undefined;
    if (!this.#open(job)) {
      this.#arena.forget();
      if (!this.#open(job)) return undefined;
    }
    const written = this.#take(count * 4);
    const output = this.#take(0);
    const guess = bytes.length * 2 + count * 512;
    this.#setOutput(output, guess, 0, written);
    for (let i = this.#exports.encode(0, count); i < count; i = this.#exports.encode(i, count)) {
      const position = this.#exports.position();
      if (this.#exports.reason() === NO_ROOM) {
        const room = this.#exports.memory.buffer.byteLength - output;
        this.#setOutput(output, room * 2, position, written);
        continue;
      }
      const line = Buffer.from(job.line(i));
      const end = position + line.length;
      this.#setOutput(output, Math.max(guess, end), end, written);
      const { buffer } = this.#exports.memory;
      new Uint8Array(buffer, output + position, line.length).set(line);
      new Uint32Array(buffer, written, count)[i] = end;
      i++;
    }
    const { buffer } = this.#exports.memory;
    ends.set(new Uint32Array(buffer, written, count));
    return Buffer.from(buffer, output, this.#exports.position());
  }

  /** Puts a batch into the memory. False when its texts do not fit into the arena. */
  #open({ columns, layers, hidden, frame }: Job): boolean {
    const { count } = columns;
    this.#at = this.#batchFrom;
    const fields = columns.fields.subarray(0, usedFields(columns) * FIELD_SLOTS);
    const addresses = [
      this.#put(columns.bytes),
      ...[columns.start, columns.end].map((column) => this.#put(column.subarray(0, count))),
      this.#put(columns.timeMs.subarray(0, count)),
      this.#put(columns.timeNs.subarray(0, count)),
      ...[columns.severity, columns.event].map((column) => this.#put(column.subarray(0, count))),
      this.#put(columns.body.subarray(0, count)),
      ...[columns.fieldFrom, columns.fieldTo].map((column) => this.#put(column.subarray(0, count))),
      this.#put(fields),
    ];
    this.#exports.setRecords(...addresses, Number(columns.validUtf8), Number(columns.repeatedKeys));
    const keys = this.#arena.keySpans(columns.keys);
    const heads = this.#arena.headSpans(columns, (head) => `${this.#format.head(head)}${this.#format.textBody[0]}"`);
    if (keys === undefined || heads === undefined) return false;
    const hiddenAt = hidden === undefined ? 0 : this.#put(hidden);
    const observed = Buffer.from(frame.observed);
    const observedAt = this.#put(observed);
    const tail = Buffer.from(frame.tail);
    const tailAt = this.#put(tail);
    const severities = columns.severities.length;
    this.#setFormat();
    this.#exports.setTexts(keys, hiddenAt, observedAt, observed.length, heads, severities, tailAt, tail.length);
    return layers.every((layer) => this.#layer(layer, count));
  }

  #setFormat(): void {
    const { timeKey, timeRequired, textBody, attributesKey } = this.#format;
    const key = Buffer.from(timeKey);
    const attributes = Buffer.from(`"${textBody[1]}${attributesKey}`);
    const keyAt = this.#put(key);
    this.#exports.setFormat(keyAt, key.length, this.#put(attributes), attributes.length, Number(timeRequired));
  }

  #layer({ sets, index }: OverlayLayer, count: number): boolean {
    const indexAt = index === undefined ? 0 : this.#put(index.subarray(0, count));
    const spans = this.#take(sets.length * 8);
    this.#exports.addLayer(indexAt, spans);
    return this.#arena.setSpans(sets, spans);
  }

  #setOutput(output: number, room: number, position: number, written: number): void {
    this.#reserve(output + room + PAGE);
    this.#exports.setOutput(output, this.#exports.memory.buffer.byteLength, position, written);
  }

  #put(source: Uint8Array | Uint32Array | Int32Array | Float64Array): number {
    const address = this.#take(source.byteLength);
    const target = new Uint8Array(this.#exports.memory.buffer, address, source.byteLength);
    target.set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
    return address;
  }

  #take(length: number): number {
    const address = (this.#at + 15) & ~15;
    this.#at = address + length + SLACK;
    this.#reserve(this.#at);
    return address;
  }

  #reserve(end: number): void {
    const { memory } = this.#exports;
    if (end <= memory.buffer.byteLength) return;
    memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE));
    this.#arena?.useBuffer(memory.buffer);
  }
}
