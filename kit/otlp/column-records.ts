import { isUtf8 } from "node:buffer";
import type { AttributeSet } from "#core/attributes.ts";
import { type LogBatch, layerSet, type OverlayLayer } from "#core/batch.ts";
import { type Columns, ESCAPED, FIELD_SLOTS, NON_ASCII } from "#core/columns.ts";
import { decodeValue } from "#core/decode-value.ts";
import { BODY, type KeyTable } from "#core/key-table.ts";
import { hiddenKeys } from "../layer-names.ts";
import { STRING_VALUE, writeKeyValues } from "./any-value.ts";
import { fitsOtlpTime, toOtlpSeverity, toOtlpTime } from "./limits.ts";
import { LOG_RECORD, writeLogRecord } from "./log-record.ts";
import { halves, ReverseWriter } from "./reverse-writer.ts";

const KEY = 0x0a;
const VALUE = 0x12;

const TWO_16 = 65_536;
const TWO_32 = 4_294_967_296;

/**
 * Writes the records of column batches whose layers have no name in common: values are copied as bytes, no record becomes
 * an object. Texts that batches have in common are encoded once.
 */
export class ColumnRecords {
  readonly #writer: ReverseWriter;
  readonly #aside = new ReverseWriter();
  readonly #keys = new WeakMap<KeyTable, Buffer[]>();
  readonly #sets = new WeakMap<AttributeSet, Buffer>();
  readonly #heads = new WeakMap<Columns["severities"], (Buffer | undefined)[]>();
  /** Per key the number of the record that last had it. */
  #seenIn = new Int32Array(64);
  #recordNumber = 0;

  constructor(writer: ReverseWriter) {
    this.#writer = writer;
  }

  /** All records, last to first, each under `tag`. */
  write(batch: LogBatch, columns: Columns, tag: number): void {
    const { layers } = batch;
    const writer = this.#writer;
    const hidden = hiddenKeys(columns, layers);
    const observed = halves(toOtlpTime(columns.observedTimeUnixNano));
    const allValid = columns.validUtf8 || isUtf8(columns.bytes);
    if (columns.keys.size > this.#seenIn.length) this.#seenIn = new Int32Array(columns.keys.size * 2);
    for (let i = columns.count - 1; i >= 0; i--) {
      const mark = writer.mark();
      if (hidden !== undefined && touches(columns, i, hidden)) writeLogRecord(writer, batch.at(i));
      else {
        this.#eventName(columns, i);
        if (observed.high !== 0 || observed.low !== 0) {
          writer.fixed64(observed.high, observed.low);
          writer.byte(LOG_RECORD.OBSERVED_TIME);
        }
        for (let l = layers.length - 1; l >= 0; l--) this.#layer(layers[l] as OverlayLayer, i);
        this.#fields(columns, i, allValid);
        this.#body(columns, i, allValid);
        this.#severity(columns, i);
        this.#time(columns, i);
      }
      writer.close(tag, mark);
    }
  }

  #eventName({ event, eventNames }: Columns, i: number): void {
    const name = eventNames[event[i] as number];
    if (name === undefined) return;
    const mark = this.#writer.mark();
    this.#writer.text(name);
    this.#writer.close(LOG_RECORD.EVENT_NAME, mark);
  }

  #layer(layer: OverlayLayer, i: number): void {
    const set = layerSet(layer, i);
    if (set === undefined) return;
    let encoded = this.#sets.get(set);
    if (encoded === undefined) {
      writeKeyValues(this.#aside, LOG_RECORD.ATTRIBUTES, set.attributes);
      encoded = this.#aside.take();
      this.#sets.set(set, encoded);
    }
    this.#writer.bytes(encoded);
  }

  #fields(columns: Columns, i: number, allValid: boolean): void {
    const { fields, fieldFrom, fieldTo, keys } = columns;
    const writer = this.#writer;
    const names = this.#keyNames(keys);
    this.#recordNumber = (this.#recordNumber + 1) | 0;
    const first = (fieldFrom[i] as number) * FIELD_SLOTS;
    for (let slot = ((fieldTo[i] as number) - 1) * FIELD_SLOTS; slot >= first; slot -= FIELD_SLOTS) {
      const key = fields[slot] as number;
      if (key === BODY) continue;
      if (columns.repeatedKeys) {
        // The last of duplicated keys is the value: it comes first here.
        if (this.#seenIn[key] === this.#recordNumber) continue;
        this.#seenIn[key] = this.#recordNumber;
      }
      const mark = writer.mark();
      this.#value(columns, slot, VALUE, allValid);
      writer.bytes(names[key] ?? this.#keyName(names, keys, key));
      writer.close(LOG_RECORD.ATTRIBUTES, mark);
    }
  }

  #body(columns: Columns, i: number, allValid: boolean): void {
    const { body, fieldFrom, fieldTo, start, end } = columns;
    const slot = body[i] as number;
    if (slot >= 0) return this.#value(columns, slot, LOG_RECORD.BODY, allValid);
    const writer = this.#writer;
    const mark = writer.mark();
    if (fieldFrom[i] === fieldTo[i]) this.#utf8(columns, start[i] as number, end[i] as number, allValid);
    writer.close(STRING_VALUE, mark);
    writer.close(LOG_RECORD.BODY, mark);
  }

  /** The field in `slot` as an AnyValue under `tag`. */
  #value(columns: Columns, slot: number, tag: number, allValid: boolean): void {
    const { fields, bytes } = columns;
    const writer = this.#writer;
    const from = fields[slot + 1] as number;
    const to = fields[slot + 2] as number;
    const flags = fields[slot + 3] as number;
    const mark = writer.mark();
    if ((flags & ESCAPED) !== 0) writer.text(decodeValue(bytes, from, to, flags));
    else if ((flags & NON_ASCII) === 0) writer.bytes(bytes, from, to);
    else this.#utf8(columns, from, to, allValid);
    writer.close(STRING_VALUE, mark);
    writer.close(tag, mark);
  }

  /** Copies what is valid UTF-8, and writes anything else as a decoder reads it, with U+FFFD for what is none. */
  #utf8({ bytes }: Columns, from: number, to: number, allValid: boolean): void {
    const whole = allValid && !isContinuation(bytes[from]) && !isContinuation(bytes[to]);
    if (whole || isUtf8(bytes.subarray(from, to))) this.#writer.bytes(bytes, from, to);
    else this.#writer.text(bytes.toString("utf8", from, to));
  }

  #severity({ severity, severities }: Columns, i: number): void {
    let heads = this.#heads.get(severities);
    if (heads === undefined) this.#heads.set(severities, (heads = []));
    const index = severity[i] as number;
    this.#writer.bytes((heads[index] ??= this.#encodeSeverity(severities[index])));
  }

  #encodeSeverity(severity: Columns["severities"][number] | undefined): Buffer {
    const { text } = severity ?? {};
    const number = toOtlpSeverity(severity?.number ?? 0);
    const mark = this.#aside.mark();
    if (text !== undefined) {
      this.#aside.text(text);
      this.#aside.close(LOG_RECORD.SEVERITY_TEXT, mark);
    }
    if (number !== 0) {
      this.#aside.varint(number);
      this.#aside.byte(LOG_RECORD.SEVERITY_NUMBER);
    }
    return this.#aside.take();
  }

  /** `timeMs` * 10^6 + `timeNs` exceeds 2^53: it is computed in two parts that do not. */
  #time({ timeMs, timeNs }: Columns, i: number): void {
    const ms = timeMs[i] as number;
    if (!fitsOtlpTime(ms)) return;
    const upper = Math.floor(ms / TWO_16) * 1_000_000;
    const lower = (ms % TWO_16) * 1_000_000 + (timeNs[i] as number);
    const rest = (upper % TWO_16) * TWO_16 + lower;
    const high = Math.floor(upper / TWO_16) + Math.floor(rest / TWO_32);
    if (high === 0 && rest === 0) return;
    this.#writer.fixed64(high, rest % TWO_32);
    this.#writer.byte(LOG_RECORD.TIME);
  }

  #keyNames(keys: KeyTable): Buffer[] {
    let names = this.#keys.get(keys);
    if (names === undefined) this.#keys.set(keys, (names = []));
    return names;
  }

  #keyName(names: Buffer[], keys: KeyTable, key: number): Buffer {
    this.#aside.text(keys.name(key));
    this.#aside.close(KEY, 0);
    return (names[key] = this.#aside.take());
  }
}

/** Whether record `i` has a field whose key is marked. */
function touches({ fields, fieldFrom, fieldTo }: Columns, i: number, marked: Uint8Array): boolean {
  const to = (fieldTo[i] as number) * FIELD_SLOTS;
  for (let slot = (fieldFrom[i] as number) * FIELD_SLOTS; slot < to; slot += FIELD_SLOTS)
    if (marked[fields[slot] as number] === 1) return true;
  return false;
}

/** Whether a character is cut in two before this byte. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
