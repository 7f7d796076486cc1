import type { AttributeSet } from "#core/attributes.ts";
import type { Columns } from "#core/columns.ts";
import type { KeyTable } from "#core/key-table.ts";

const SPAN_BYTES = 8;

/** Bytes behind a text that a copy in words of sixteen may read. */
const SLACK = 16;

/** Where spans of a key table stand, and for how many keys. */
interface KeySpans {
  readonly at: number;
  readonly size: number;
}

/**
 * The texts that records have in common, kept in a part of a WebAssembly memory from batch to batch: names of keys,
 * heads, members of attribute sets. A span is an address and a length. When the part is full everything is forgotten and
 * put there anew by those who need it: `undefined` says that a text did not fit.
 */
export class TextArena {
  readonly #from: number;
  readonly #to: number;
  #buffer: ArrayBuffer;
  #at: number;
  #keys = new WeakMap<KeyTable, KeySpans>();
  #heads = new WeakMap<Columns["severities"], WeakMap<Columns["eventNames"], number>>();
  #sets = new WeakMap<AttributeSet, number>();

  constructor(buffer: ArrayBuffer, from: number, to: number) {
    this.#buffer = buffer;
    this.#from = from;
    this.#to = to;
    this.#at = from;
  }

  /** The memory has another buffer since it grew. */
  useBuffer(buffer: ArrayBuffer): void {
    this.#buffer = buffer;
  }

  forget(): void {
    this.#at = this.#from;
    this.#keys = new WeakMap();
    this.#heads = new WeakMap();
    this.#sets = new WeakMap();
  }

  /** Address of a span per key: what stands between two string members, `","name":"`. */
  keySpans(keys: KeyTable): number | undefined {
    const known = this.#keys.get(keys);
    if (known?.size === keys.size) return known.at;
    const texts = Array.from({ length: keys.size }, (_, key) => Buffer.from(`",${JSON.stringify(keys.name(key))}:"`));
    const at = this.#spans(texts);
    if (at !== undefined) this.#keys.set(keys, { at, size: keys.size });
    return at;
  }

  /** Address of a span per event name and severity: what stands between observed time and body. */
  headSpans({ severities, eventNames }: Columns, headText: HeadText): number | undefined {
    const known = this.#heads.get(severities)?.get(eventNames);
    if (known !== undefined) return known;
    const texts = eventNames.flatMap((eventName) =>
      severities.map(({ number, text }) =>
        Buffer.from(headText({ severityNumber: number, severityText: text, eventName })),
      ),
    );
    const at = this.#spans(texts);
    if (at === undefined) return undefined;
    const byEvents = this.#heads.get(severities) ?? new WeakMap<Columns["eventNames"], number>();
    this.#heads.set(severities, byEvents.set(eventNames, at));
    return at;
  }

  /** Writes a span for each set at `target`. False when they did not all fit. */
  setSpans(sets: readonly AttributeSet[], target: number): boolean {
    const spans = new Uint32Array(this.#buffer, target, sets.length * 2);
    for (const [k, set] of sets.entries()) {
      let at = this.#sets.get(set);
      if (at === undefined) {
        at = this.#spans([set.jsonMembers]);
        if (at === undefined) return false;
        this.#sets.set(set, at);
      }
      spans[k * 2] = at + SPAN_BYTES;
      spans[k * 2 + 1] = set.jsonMembers.length;
    }
    return true;
  }

  #spans(texts: readonly Buffer[]): number | undefined {
    const table = (this.#at + 7) & ~7;
    let at = table + texts.length * SPAN_BYTES;
    const end = texts.reduce((sum, { length }) => sum + length, at);
    if (end + SLACK > this.#to) return undefined;
    const spans = new Uint32Array(this.#buffer, table, texts.length * 2);
    for (const [i, text] of texts.entries()) {
      new Uint8Array(this.#buffer, at, text.length).set(text);
      spans[i * 2] = at;
      spans[i * 2 + 1] = text.length;
      at += text.length;
    }
    this.#at = at;
    return table;
  }
}

/** `"severity_text":"WARN","severity_number":13,"event_name":"x","body":"` with what there is. */
type HeadText = (head: {
  severityNumber: number;
  severityText: string | undefined;
  eventName: string | undefined;
}) => string;
