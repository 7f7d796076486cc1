import { type Attributes, type AttributeValue, EMPTY_ATTRIBUTES, type Resource } from "./attributes.ts";
import { type LogBatch, layerSet, type OverlayLayer, selectLayers } from "./batch.ts";
import { type LogRecord, severityName } from "./record.ts";

/** A record as a plain object, for sources that already have objects (alerts, OTLP/JSON, tests). */
export interface PlainRecord {
  readonly timeUnixNano?: bigint;
  readonly observedTimeUnixNano?: bigint;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly eventName?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly traceFlags?: number;
  readonly body?: AttributeValue;
  readonly attributes?: Attributes;
}

/** A batch over plain objects; the objects belong to the batch from here on. */
export class ObjectBatch implements LogBatch {
  readonly resource: Resource;
  readonly layers: readonly OverlayLayer[];
  readonly columns = undefined;
  readonly #records: readonly PlainRecord[];

  constructor(resource: Resource, records: readonly PlainRecord[], layers: readonly OverlayLayer[] = []) {
    this.resource = resource;
    this.#records = records;
    this.layers = layers;
  }

  get size(): number {
    return this.#records.length;
  }

  get sizeBytes(): number {
    return this.#records.length * 1024;
  }

  at(index: number): LogRecord {
    const plain = this.#records[index];
    if (plain === undefined) throw new RangeError(`no record ${index} in a batch of ${this.size}`);
    return new ObjectRecord(this, plain, index);
  }

  *[Symbol.iterator](): Iterator<LogRecord> {
    for (const [index, plain] of this.#records.entries()) yield new ObjectRecord(this, plain, index);
  }

  withLayer(layer: OverlayLayer): ObjectBatch {
    return new ObjectBatch(this.resource, this.#records, [...this.layers, layer]);
  }

  withResource(resource: Resource): ObjectBatch {
    return new ObjectBatch(resource, this.#records, this.layers);
  }

  select(indexes: ArrayLike<number>): ObjectBatch {
    const records = Array.from(indexes, (i) => this.#records[i] as PlainRecord);
    return new ObjectBatch(this.resource, records, selectLayers(this.layers, indexes));
  }
}

class ObjectRecord implements LogRecord {
  readonly #batch: ObjectBatch;
  readonly #plain: PlainRecord;
  readonly #i: number;

  constructor(batch: ObjectBatch, plain: PlainRecord, index: number) {
    this.#batch = batch;
    this.#plain = plain;
    this.#i = index;
  }

  get timeUnixNano(): bigint {
    return this.#plain.timeUnixNano ?? 0n;
  }

  get observedTimeUnixNano(): bigint {
    return this.#plain.observedTimeUnixNano ?? 0n;
  }

  get severityNumber(): number {
    return this.#plain.severityNumber ?? 0;
  }

  get severityText(): string | undefined {
    return this.#plain.severityText ?? (severityName(this.severityNumber) || undefined);
  }

  get eventName(): string | undefined {
    return this.#plain.eventName;
  }

  get traceId(): string | undefined {
    return this.#plain.traceId;
  }

  get spanId(): string | undefined {
    return this.#plain.spanId;
  }

  get traceFlags(): number {
    return this.#plain.traceFlags ?? 0;
  }

  get resource(): Resource {
    return this.#batch.resource;
  }

  get body(): AttributeValue {
    const { body } = this.#plain;
    return body === undefined ? "" : body;
  }

  attribute(key: string): AttributeValue | undefined {
    const { layers } = this.#batch;
    for (let l = layers.length - 1; l >= 0; l--) {
      const set = layerSet(layers[l] as OverlayLayer, this.#i);
      if (set !== undefined && Object.hasOwn(set.attributes, key)) return set.attributes[key];
    }
    const own = this.#plain.attributes ?? EMPTY_ATTRIBUTES;
    return Object.hasOwn(own, key) ? own[key] : undefined;
  }

  get attributes(): Attributes {
    const out: Record<string, AttributeValue> = Object.create(null) as Record<string, AttributeValue>;
    Object.assign(out, this.#plain.attributes);
    for (const layer of this.#batch.layers) {
      const set = layerSet(layer, this.#i);
      if (set !== undefined) Object.assign(out, set.attributes);
    }
    return out;
  }
}

/** A record that tells nothing but what its resource tells. */
export function emptyRecord(resource: Resource): LogRecord {
  return new ObjectBatch(resource, [{}]).at(0);
}
