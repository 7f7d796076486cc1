import { type Columns, FIELD_SLOTS, type Severity } from "./columns.ts";
import { BODY, type KeyTable } from "./key-table.ts";

const UNSPECIFIED: readonly Severity[] = [{ number: 0, text: undefined }];

/** Columns of records that are nothing but raw text. `start` and `end` belong to the columns from here on. */
export function rawColumns(
  bytes: Buffer,
  start: Uint32Array,
  end: Uint32Array,
  keys: KeyTable,
  observedTimeUnixNano: bigint,
): Columns {
  const count = start.length;
  return {
    bytes,
    count,
    start,
    end,
    timeMs: new Float64Array(count).fill(Number.NaN),
    timeNs: new Uint32Array(count),
    observedTimeUnixNano,
    severity: new Uint8Array(count),
    severities: UNSPECIFIED,
    event: new Uint8Array(count),
    eventNames: [undefined],
    body: new Int32Array(count).fill(-1),
    fieldFrom: new Uint32Array(count),
    fieldTo: new Uint32Array(count),
    fields: new Int32Array(0),
    keys,
    validUtf8: false,
  };
}

/**
 * Fills columns record by record, for parsers of formats that are written over the same bytes. Call `begin`, then
 * `field` for each field, then `end` or, when the record turned out malformed, `discard`; records must come in order.
 */
export class ColumnWriter {
  readonly keys: KeyTable;
  /** Set freely between `begin` and `end`; reset by `begin`. */
  timeMs = Number.NaN;
  timeNs = 0;
  severity = 0;
  event = 0;
  readonly #raw: Columns;
  readonly #timeMs: Float64Array;
  readonly #timeNs: Uint32Array;
  readonly #severity: Uint8Array;
  readonly #event: Uint8Array;
  readonly #body: Int32Array;
  readonly #fieldFrom: Uint32Array;
  readonly #fieldTo: Uint32Array;
  #fields: Int32Array;
  #slot = 0;
  #record = -1;

  constructor(raw: Columns, keys: KeyTable) {
    this.keys = keys;
    this.#raw = raw;
    this.#timeMs = new Float64Array(raw.count);
    this.#timeNs = new Uint32Array(raw.count);
    this.#severity = new Uint8Array(raw.count);
    this.#event = new Uint8Array(raw.count);
    this.#body = new Int32Array(raw.count).fill(-1);
    this.#fieldFrom = new Uint32Array(raw.count);
    this.#fieldTo = new Uint32Array(raw.count);
    this.#fields = new Int32Array(Math.max(16, raw.count * 15) * FIELD_SLOTS);
  }

  begin(): void {
    this.#record++;
    this.#fieldFrom[this.#record] = this.#slot / FIELD_SLOTS;
    this.timeMs = Number.NaN;
    this.timeNs = 0;
    this.severity = 0;
    this.event = 0;
  }

  field(key: number, from: number, to: number, flags: number): void {
    const slot = this.#slot;
    if (slot === this.#fields.length) this.#grow();
    const fields = this.#fields;
    fields[slot] = key;
    fields[slot + 1] = from;
    fields[slot + 2] = to;
    fields[slot + 3] = flags;
    this.#slot = slot + FIELD_SLOTS;
    if (key === BODY) this.#body[this.#record] = slot;
  }

  end(): void {
    const i = this.#record;
    this.#fieldTo[i] = this.#slot / FIELD_SLOTS;
    this.#timeMs[i] = this.timeMs;
    this.#timeNs[i] = this.timeNs;
    this.#severity[i] = this.severity;
    this.#event[i] = this.event;
  }

  /** The record stays raw text: no fields; the time is kept if it was read. */
  discard(): void {
    this.#slot = (this.#fieldFrom[this.#record] as number) * FIELD_SLOTS;
    this.#body[this.#record] = -1;
    this.severity = 0;
    this.event = 0;
    this.end();
  }

  /** Columns over the bytes of the raw ones. The writer is done then. */
  finish(severities: readonly Severity[], eventNames: readonly (string | undefined)[], validUtf8: boolean): Columns {
    return {
      ...this.#raw,
      timeMs: this.#timeMs,
      timeNs: this.#timeNs,
      severity: this.#severity,
      severities,
      event: this.#event,
      eventNames,
      body: this.#body,
      fieldFrom: this.#fieldFrom,
      fieldTo: this.#fieldTo,
      fields: this.#fields.subarray(0, this.#slot),
      keys: this.keys,
      validUtf8,
    };
  }

  #grow(): void {
    const larger = new Int32Array(this.#fields.length * 2);
    larger.set(this.#fields);
    this.#fields = larger;
  }
}
