import type { Attributes, AttributeValue, Resource } from "./attributes.ts";
import { type LogBatch, layerSet, type OverlayLayer, selectLayers } from "./batch.ts";
import { type Columns, FIELD_SLOTS, KIND_MASK } from "./columns.ts";
import { decodeTyped } from "./decode-typed.ts";
import { decodeValue } from "./decode-value.ts";
import { BODY, NO_KEY } from "./key-table.ts";
import type { LogRecord } from "./record.ts";

/** Index of one record with a dozen fields. */
const BYTES_PER_RECORD = 256;

/** A batch whose records are offsets into raw bytes. */
export class ColumnBatch implements LogBatch {
  readonly resource: Resource;
  readonly columns: Columns;
  readonly layers: readonly OverlayLayer[];

  constructor(resource: Resource, columns: Columns, layers: readonly OverlayLayer[] = []) {
    this.resource = resource;
    this.columns = columns;
    this.layers = layers;
  }

  get size(): number {
    return this.columns.count;
  }

  get sizeBytes(): number {
    return this.columns.bytes.length + this.columns.count * BYTES_PER_RECORD;
  }

  at(index: number): LogRecord {
    if (!(index >= 0 && index < this.size)) throw new RangeError(`no record ${index} in a batch of ${this.size}`);
    return new ColumnRecord(this, index);
  }

  *[Symbol.iterator](): Iterator<LogRecord> {
    for (let i = 0; i < this.size; i++) yield new ColumnRecord(this, i);
  }

  withLayer(layer: OverlayLayer): ColumnBatch {
    return new ColumnBatch(this.resource, this.columns, [...this.layers, layer]);
  }

  withResource(resource: Resource): ColumnBatch {
    return new ColumnBatch(resource, this.columns, this.layers);
  }

  select(indexes: ArrayLike<number>): ColumnBatch {
    const c = this.columns;
    const pick32 = (from: Uint32Array): Uint32Array => Uint32Array.from(indexes, (i) => from[i] ?? 0);
    const pick8 = (from: Uint8Array): Uint8Array => Uint8Array.from(indexes, (i) => from[i] ?? 0);
    const columns: Columns = {
      ...c,
      count: indexes.length,
      start: pick32(c.start),
      end: pick32(c.end),
      timeMs: Float64Array.from(indexes, (i) => c.timeMs[i] ?? Number.NaN),
      timeNs: pick32(c.timeNs),
      severity: pick8(c.severity),
      event: pick8(c.event),
      body: Int32Array.from(indexes, (i) => c.body[i] ?? -1),
      fieldFrom: pick32(c.fieldFrom),
      fieldTo: pick32(c.fieldTo),
      observed: c.observed && {
        ms: Float64Array.from(indexes, (i) => c.observed?.ms[i] ?? 0),
        ns: pick32(c.observed.ns),
      },
      trace: c.trace && {
        traceId: Int32Array.from(indexes, (i) => c.trace?.traceId[i] ?? -1),
        spanId: Int32Array.from(indexes, (i) => c.trace?.spanId[i] ?? -1),
        flags: pick32(c.trace.flags),
      },
    };
    return new ColumnBatch(this.resource, columns, selectLayers(this.layers, indexes));
  }
}

class ColumnRecord implements LogRecord {
  readonly #batch: ColumnBatch;
  readonly #i: number;

  constructor(batch: ColumnBatch, index: number) {
    this.#batch = batch;
    this.#i = index;
  }

  get timeUnixNano(): bigint {
    const c = this.#batch.columns;
    const ms = c.timeMs[this.#i] ?? Number.NaN;
    return Number.isNaN(ms) ? 0n : BigInt(ms) * 1_000_000n + BigInt(c.timeNs[this.#i] ?? 0);
  }

  get observedTimeUnixNano(): bigint {
    const { observed, observedTimeUnixNano } = this.#batch.columns;
    if (observed === undefined) return observedTimeUnixNano;
    return BigInt(observed.ms[this.#i] ?? 0) * 1_000_000n + BigInt(observed.ns[this.#i] ?? 0);
  }

  get severityNumber(): number {
    const c = this.#batch.columns;
    return c.severities[c.severity[this.#i] ?? 0]?.number ?? 0;
  }

  get severityText(): string | undefined {
    const c = this.#batch.columns;
    return c.severities[c.severity[this.#i] ?? 0]?.text;
  }

  get eventName(): string | undefined {
    const c = this.#batch.columns;
    return c.eventNames[c.event[this.#i] ?? 0];
  }

  get traceId(): string | undefined {
    return this.#hex(this.#batch.columns.trace?.traceId, 16);
  }

  get spanId(): string | undefined {
    return this.#hex(this.#batch.columns.trace?.spanId, 8);
  }

  get traceFlags(): number {
    return this.#batch.columns.trace?.flags[this.#i] ?? 0;
  }

  get resource(): Resource {
    return this.#batch.resource;
  }

  get body(): AttributeValue {
    const c = this.#batch.columns;
    const slot = c.body[this.#i] ?? -1;
    if (slot < 0) {
      const hasFields = c.fieldFrom[this.#i] !== c.fieldTo[this.#i];
      return hasFields ? "" : c.bytes.toString("utf8", c.start[this.#i] ?? 0, c.end[this.#i] ?? 0);
    }
    return this.#value(slot);
  }

  attribute(key: string): AttributeValue | undefined {
    const layers = this.#batch.layers;
    for (let l = layers.length - 1; l >= 0; l--) {
      const set = layerSet(layers[l] as OverlayLayer, this.#i);
      if (set !== undefined && Object.hasOwn(set.attributes, key)) return set.attributes[key];
    }
    const c = this.#batch.columns;
    const id = c.keys.find(key);
    if (id === NO_KEY || id === BODY) return undefined;
    // The last of duplicated keys wins, as in most JSON readers.
    const first = (c.fieldFrom[this.#i] ?? 0) * FIELD_SLOTS;
    for (let slot = ((c.fieldTo[this.#i] ?? 0) - 1) * FIELD_SLOTS; slot >= first; slot -= FIELD_SLOTS) {
      if (c.fields[slot] === id) return this.#value(slot);
    }
    return undefined;
  }

  get attributes(): Attributes {
    const c = this.#batch.columns;
    const out: Record<string, AttributeValue> = Object.create(null) as Record<string, AttributeValue>;
    const to = (c.fieldTo[this.#i] ?? 0) * FIELD_SLOTS;
    for (let slot = (c.fieldFrom[this.#i] ?? 0) * FIELD_SLOTS; slot < to; slot += FIELD_SLOTS) {
      const id = c.fields[slot] as number;
      if (id !== BODY) out[c.keys.name(id)] = this.#value(slot);
    }
    for (const layer of this.#batch.layers) {
      const set = layerSet(layer, this.#i);
      if (set !== undefined) Object.assign(out, set.attributes);
    }
    return out;
  }

  #value(slot: number): AttributeValue {
    const { fields, bytes } = this.#batch.columns;
    const flags = fields[slot + 3] as number;
    const decode = (flags & KIND_MASK) === 0 ? decodeValue : decodeTyped;
    return decode(bytes, fields[slot + 1] as number, fields[slot + 2] as number, flags);
  }

  #hex(offsets: Int32Array | undefined, length: number): string | undefined {
    const at = offsets?.[this.#i] ?? -1;
    return at < 0 ? undefined : this.#batch.columns.bytes.toString("hex", at, at + length);
  }
}
