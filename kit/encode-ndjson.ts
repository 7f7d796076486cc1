import { toJson } from "#core/attributes.ts";
import { type LogBatch, layerSet, type OverlayLayer } from "#core/batch.ts";
import { type Columns, FIELD_SLOTS, JSON_SAFE, NON_ASCII } from "#core/columns.ts";
import { decodeValue } from "#core/decode-value.ts";
import { BODY } from "#core/key-table.ts";
import type { LogRecord } from "#core/record.ts";
import { ByteWriter, copyWords, SHORT, SLACK, Words } from "./byte-writer.ts";
import { JsonKeys } from "./json-keys.ts";
import { disjoint, hiddenKeys, isOverridden } from "./layer-names.ts";
import { TimeText, timeText } from "./time-text.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;

/** Bytes of a key's text in front of its name's quote. */
const FIRST = 2;

const TIME = new Words(Buffer.from('{"time":"'));
const ATTRIBUTES = new Words(Buffer.from('","attributes":{'));

/** Records as JSON lines. */
export interface Encoded {
  /** All lines, each with its line feed; valid until the next call. */
  readonly bytes: Buffer;
  /** Byte after the line feed of each record. */
  readonly ends: Uint32Array;
}

/**
 * Writes records as NDJSON, one object a line: time, observed_time, severity_text, severity_number, event_name, body,
 * attributes, resource. Values of a column batch are copied as bytes wherever they are JSON already; the result is the
 * same as for an object batch with the same records.
 */
export class NdjsonEncoder {
  readonly #out = new ByteWriter();
  readonly #time = new TimeText();
  #ends = new Uint32Array(1024);
  #keys: JsonKeys | undefined;

  encode(batch: LogBatch): Encoded {
    const out = this.#out;
    out.reset();
    if (this.#ends.length < batch.size) this.#ends = new Uint32Array(batch.size * 2);
    const tail = new Words(Buffer.from(`},"resource":${toJson(batch.resource.attributes)}}\n`));
    const { columns } = batch;
    if (columns === undefined || !disjoint(batch.layers)) this.#objects(batch, tail);
    else this.#columns(columns, batch.layers, tail);
    return { bytes: out.view(), ends: this.#ends.subarray(0, batch.size) };
  }

  #objects(batch: LogBatch, tail: Words): void {
    let i = 0;
    for (const record of batch) {
      this.#object(record, tail);
      this.#ends[i++] = this.#out.position;
    }
  }

  #object(record: LogRecord, tail: Words): void {
    const out = this.#out;
    if (record.timeUnixNano !== 0n) out.text(`{"time":"${timeText(record.timeUnixNano)}",`);
    else out.byte(0x7b);
    out.text(`"observed_time":"${timeText(record.observedTimeUnixNano)}",${headText(record)}"body":`);
    out.text(toJson(record.body));
    out.text(`,"attributes":${toJson(record.attributes).slice(0, -1)}`);
    out.words(tail);
  }

  #columns(columns: Columns, layers: readonly OverlayLayer[], tail: Words): void {
    const out = this.#out;
    const heads = new Heads(columns);
    const hidden = hiddenKeys(columns, layers);
    if (this.#keys?.table !== columns.keys || this.#keys.size !== columns.keys.size) {
      this.#keys = new JsonKeys(columns.keys);
    }
    const source = new DataView(columns.bytes.buffer, columns.bytes.byteOffset, columns.bytes.length);
    for (let i = 0; i < columns.count; i++) {
      const timeMs = columns.timeMs[i] as number;
      if (Number.isNaN(timeMs)) out.byte(0x7b);
      else {
        out.words(TIME);
        this.#time.write(out, timeMs, columns.timeNs[i] as number);
        out.byte(QUOTE);
        out.byte(COMMA);
      }
      out.words(heads.of(columns.severity[i] as number, columns.event[i] as number));
      this.#body(columns, i);
      out.words(ATTRIBUTES);
      const start = out.position;
      this.#fields(columns, source, this.#keys, i, layers, hidden);
      for (const layer of layers) {
        const set = layerSet(layer, i);
        if (set === undefined || set.names.length === 0) continue;
        if (out.position !== start) out.byte(COMMA);
        out.bytes(set.jsonMembers);
      }
      out.words(tail);
      this.#ends[i] = out.position;
    }
  }

  #fields(
    columns: Columns,
    source: DataView,
    jsonKeys: JsonKeys,
    i: number,
    layers: readonly OverlayLayer[],
    hidden: Uint8Array | undefined,
  ): void {
    const out = this.#out;
    const { fields, keys, repeatedKeys, bytes } = columns;
    const { starts, view, longest } = jsonKeys;
    const from = (columns.fieldFrom[i] as number) * FIELD_SLOTS;
    const to = (columns.fieldTo[i] as number) * FIELD_SLOTS;
    const wordsEnd = bytes.length - SLACK;
    // Room for all keys and for all values that are copied; others make room for themselves.
    const room = (columns.end[i] as number) - (columns.start[i] as number) + SLACK;
    out.reserve(((to - from) / FIELD_SLOTS) * longest + room);
    let { buffer, bytesView, position } = out;
    let some = false;
    for (let slot = from; slot < to; slot += FIELD_SLOTS) {
      const key = fields[slot] as number;
      if (key === BODY || (repeatedKeys && repeated(fields, slot, to))) continue;
      if (hidden !== undefined && hidden[key] === 1 && isOverridden(keys.name(key), layers, i)) continue;
      // The first member has no quote to close and no comma before it.
      position = copyWords(
        view,
        (starts[key] as number) + (some ? 0 : FIRST),
        starts[key + 1] as number,
        bytesView,
        position,
      );
      some = true;
      const valueFrom = fields[slot + 1] as number;
      const valueTo = fields[slot + 2] as number;
      if (!isCopyable(fields[slot + 3] as number, columns.validUtf8)) {
        out.position = position;
        this.#value(columns, slot);
        out.reserve(((to - slot) / FIELD_SLOTS) * longest + room);
        ({ buffer, bytesView, position } = out);
      } else if (valueTo - valueFrom <= SHORT && valueTo <= wordsEnd) {
        position = copyWords(source, valueFrom, valueTo, bytesView, position);
      } else position += bytes.copy(buffer, position, valueFrom, valueTo);
    }
    if (some) buffer[position++] = QUOTE;
    out.position = position;
  }

  #body(columns: Columns, i: number): void {
    const slot = columns.body[i] as number;
    if (slot >= 0) this.#value(columns, slot);
    else if (columns.fieldFrom[i] === columns.fieldTo[i]) {
      this.#text(columns.bytes.toString("utf8", columns.start[i], columns.end[i]));
    }
  }

  /** The value in `slot` as the inside of a JSON string. */
  #value(columns: Columns, slot: number): void {
    const { fields, bytes } = columns;
    const from = fields[slot + 1] as number;
    const to = fields[slot + 2] as number;
    const flags = fields[slot + 3] as number;
    if (isCopyable(flags, columns.validUtf8)) this.#out.copy(bytes, from, to);
    else this.#text(decodeValue(bytes, from, to, flags));
  }

  #text(text: string): void {
    this.#out.text(JSON.stringify(text).slice(1, -1));
  }
}

function isCopyable(flags: number, validUtf8: boolean): boolean {
  return (flags & JSON_SAFE) !== 0 && ((flags & NON_ASCII) === 0 || validUtf8);
}

/** `"severity_text":"WARN","severity_number":13,"event_name":"x",` with what there is. */
function headText(record: Pick<LogRecord, "severityText" | "severityNumber" | "eventName">): string {
  const text = record.severityText === undefined ? "" : `"severity_text":${JSON.stringify(record.severityText)},`;
  const number = record.severityNumber === 0 ? "" : `"severity_number":${record.severityNumber},`;
  const event = record.eventName === undefined ? "" : `"event_name":${JSON.stringify(record.eventName)},`;
  return text + number + event;
}

/** What stands between the time and the body, of the few kinds that a batch has; made once each. */
class Heads {
  readonly #columns: Columns;
  readonly #made: (Words | undefined)[] = [];

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  of(severity: number, event: number): Words {
    const key = event * this.#columns.severities.length + severity;
    const known = this.#made[key];
    if (known !== undefined) return known;
    const { number = 0, text } = this.#columns.severities[severity] ?? {};
    const observed = timeText(this.#columns.observedTimeUnixNano);
    const eventName = this.#columns.eventNames[event];
    const head = new Words(
      Buffer.from(
        `"observed_time":"${observed}",${headText({ severityNumber: number, severityText: text, eventName })}"body":"`,
      ),
    );
    this.#made[key] = head;
    return head;
  }
}

/** A later field of the record has the same key: the last one is the value. */
function repeated(fields: Int32Array, slot: number, to: number): boolean {
  const key = fields[slot];
  for (let later = slot + FIELD_SLOTS; later < to; later += FIELD_SLOTS) if (fields[later] === key) return true;
  return false;
}
