import { AttributeDraft } from "./attribute-draft.ts";
import type { Attributes, AttributeValue, Resource } from "./attributes.ts";
import type { PlainRecord } from "./object-batch.ts";
import type { LogRecord } from "./record.ts";

type Head = {
  -readonly [Key in Exclude<keyof PlainRecord, "attributes">]?: LogRecord[Key];
};

/** A record that can be changed, as a view over one that stays as it is. Reading sees the changes. */
export class RecordDraft implements LogRecord {
  readonly draft: AttributeDraft;
  readonly #source: LogRecord;
  #head: Head | undefined;

  constructor(source: LogRecord) {
    this.#source = source;
    this.draft = new AttributeDraft({ get: (key) => source.attribute(key), all: () => source.attributes });
  }

  /** As AttributeDraft tells it; `replaced` too when anything but attributes was set. */
  get change(): "none" | "added" | "replaced" {
    return this.#head === undefined ? this.draft.change : "replaced";
  }

  get timeUnixNano(): bigint {
    return this.#head?.timeUnixNano ?? this.#source.timeUnixNano;
  }

  get observedTimeUnixNano(): bigint {
    return this.#head?.observedTimeUnixNano ?? this.#source.observedTimeUnixNano;
  }

  get severityNumber(): number {
    return this.#head?.severityNumber ?? this.#source.severityNumber;
  }

  get severityText(): string | undefined {
    return this.#head?.severityText ?? this.#source.severityText;
  }

  get eventName(): string | undefined {
    return this.#head?.eventName ?? this.#source.eventName;
  }

  get traceId(): string | undefined {
    return this.#head?.traceId ?? this.#source.traceId;
  }

  get spanId(): string | undefined {
    return this.#head?.spanId ?? this.#source.spanId;
  }

  get traceFlags(): number {
    return this.#head?.traceFlags ?? this.#source.traceFlags;
  }

  get body(): AttributeValue {
    const body = this.#head?.body;
    return body === undefined ? this.#source.body : body;
  }

  get resource(): Resource {
    return this.#source.resource;
  }

  get attributes(): Attributes {
    return this.draft.all();
  }

  attribute(key: string): AttributeValue | undefined {
    return this.draft.get(key);
  }

  setHead<Key extends keyof Head>(key: Key, value: NonNullable<Head[Key]> | null): void {
    if (this[key] === value) return;
    this.#head ??= {};
    (this.#head as Record<string, unknown>)[key] = value;
  }

  /** The record as it is now, an object of its own. */
  toPlain(): PlainRecord {
    const { severityText, eventName, traceId, spanId, traceFlags } = this;
    return {
      timeUnixNano: this.timeUnixNano,
      observedTimeUnixNano: this.observedTimeUnixNano,
      severityNumber: this.severityNumber,
      ...(severityText === undefined ? {} : { severityText }),
      ...(eventName === undefined || eventName === "" ? {} : { eventName }),
      // Empty = taken away.
      ...(traceId === undefined || traceId === "" ? {} : { traceId }),
      ...(spanId === undefined || spanId === "" ? {} : { spanId }),
      ...(traceFlags === 0 ? {} : { traceFlags }),
      body: this.body,
      attributes: this.draft.all(),
    };
  }
}
