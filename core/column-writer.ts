import { type Columns, FIELD_SLOTS, type Severity } from "./columns.ts";
import { BODY, type KeyTable } from "./key-table.ts";

const UNSPECIFIED: readonly Severity[] = [{ number: 0, text: undefined }];

/** What raw text has in each column: the same for every batch, so all share it. Nobody writes to the columns of a batch. */
let blank = makeBlank(1024);

function makeBlank(count: number) {
  return {
    timeMs: new Float64Array(count).fill(Number.NaN),
    timeNs: new Uint32Array(count),
    severity: new Uint8Array(count),
    event: new Uint8Array(count),
    body: new Int32Array(count).fill(-1),
    fieldFrom: new Uint32Array(count),
    fieldTo: new Uint32Array(count),
    fields: new Int32Array(0),
  };
}

/** Columns of records that are nothing but raw text. `start` and `end` belong to the columns from here on. */
export function rawColumns(
  bytes: Buffer,
  start: Uint32Array,
  end: Uint32Array,
  keys: KeyTable,
  observedTimeUnixNano: bigint,
): Columns {
  const count = start.length;
  if (blank.timeMs.length < count) blank = makeBlank(count * 2);
  return {
    ...blank,
    bytes,
    count,
    start,
    end,
    observedTimeUnixNano,
    observed: undefined,
    trace: undefined,
    typed: false,
    severities: UNSPECIFIED,
    eventNames: [undefined],
    keys,
    repeatedKeys: false,
    validUtf8: false,
  };
}

/** Columns of the records of a batch, as far as somebody else has made them. Read at once, not kept. */
export interface ForeignColumns {
  readonly timeMs: Float64Array;
  readonly severity: Uint8Array;
  readonly event: Uint8Array;
  readonly body: Int32Array;
  readonly fieldFrom: Uint32Array;
  readonly fieldTo: Uint32Array;
  readonly fields: Int32Array;
  readonly repeatedKeys: boolean;
}

/**
 * Fills columns record by record, for parsers of formats that are written over the same bytes. Per batch `open`, then
 * per record `begin`, `field` for each field, and `end` or, when the record turned out malformed, `discard`; then
 * `finish`. The arrays are used again by the next `open`, so the columns live until then: one writer per batch that is
 * under way.
 */
export class ColumnWriter {
  readonly keys: KeyTable;
  /** Set freely between `begin` and `end`; reset by `begin`. */
  timeMs = Number.NaN;
  timeNs = 0;
  severity = 0;
  event = 0;
  #timeMs = new Float64Array(0);
  #timeNs = new Uint32Array(0);
  #severity = new Uint8Array(0);
  #event = new Uint8Array(0);
  #body = new Int32Array(0);
  #fieldFrom = new Uint32Array(0);
  #fieldTo = new Uint32Array(0);
  #fields = new Int32Array(1024 * FIELD_SLOTS);
  /** Per key the number of the record that last had it. */
  #seenIn = new Int32Array(256);
  #recordNumber = 0;
  #repeatedKeys = false;
  #slot = 0;
  #record = -1;

  constructor(keys: KeyTable) {
    this.keys = keys;
  }

  open(count: number): void {
    this.#record = -1;
    this.#slot = 0;
    this.#repeatedKeys = false;
    if (this.#timeMs.length >= count) return;
    const capacity = Math.max(count, this.#timeMs.length * 2);
    this.#timeMs = new Float64Array(capacity);
    this.#timeNs = new Uint32Array(capacity);
    this.#severity = new Uint8Array(capacity);
    this.#event = new Uint8Array(capacity);
    this.#body = new Int32Array(capacity);
    this.#fieldFrom = new Uint32Array(capacity);
    this.#fieldTo = new Uint32Array(capacity);
  }

  /** Takes over columns of all records; any of them may be written again from `begin` on. */
  adopt(columns: ForeignColumns): void {
    this.#timeMs.set(columns.timeMs);
    this.#timeNs.fill(0, 0, columns.timeMs.length);
    this.#severity.set(columns.severity);
    this.#event.set(columns.event);
    this.#body.set(columns.body);
    this.#fieldFrom.set(columns.fieldFrom);
    this.#fieldTo.set(columns.fieldTo);
    while (this.#fields.length < columns.fields.length) this.#grow();
    this.#fields.set(columns.fields);
    this.#slot = columns.fields.length;
    this.#repeatedKeys = columns.repeatedKeys;
  }

  begin(record: number): void {
    this.#record = record;
    this.#recordNumber = (this.#recordNumber + 1) | 0;
    this.#fieldFrom[this.#record] = this.#slot / FIELD_SLOTS;
    this.#body[this.#record] = -1;
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
    if (key >= this.#seenIn.length) this.#growSeen(key);
    if (this.#seenIn[key] === this.#recordNumber) this.#repeatedKeys = true;
    this.#seenIn[key] = this.#recordNumber;
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

  /** Columns over the bytes of the raw ones; arrays may be longer than `count`. */
  finish(
    raw: Columns,
    severities: readonly Severity[],
    eventNames: readonly (string | undefined)[],
    validUtf8: boolean,
  ): Columns {
    return {
      ...raw,
      timeMs: this.#timeMs,
      timeNs: this.#timeNs,
      severity: this.#severity,
      severities,
      event: this.#event,
      eventNames,
      body: this.#body,
      fieldFrom: this.#fieldFrom,
      fieldTo: this.#fieldTo,
      fields: this.#fields,
      keys: this.keys,
      repeatedKeys: this.#repeatedKeys,
      validUtf8,
    };
  }

  #grow(): void {
    const larger = new Int32Array(this.#fields.length * 2);
    larger.set(this.#fields);
    this.#fields = larger;
  }

  #growSeen(key: number): void {
    const larger = new Int32Array(Math.max(this.#seenIn.length * 2, key + 1));
    larger.set(this.#seenIn);
    this.#seenIn = larger;
  }
}
