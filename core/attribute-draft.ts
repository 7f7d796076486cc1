import type { Attributes, AttributeValue } from "./attributes.ts";

/** Attributes by name; reading one does not need the others. */
export interface AttributeReader {
  get(key: string): AttributeValue | undefined;
  /** What is there now; later changes make another object. */
  all(): Attributes;
}

/** Attributes that can be changed. */
export interface AttributeEditor extends AttributeReader {
  set(key: string, value: AttributeValue): void;
  /** Sets all of these; others stay. */
  assign(attributes: Attributes): void;
  delete(key: string): void;
  replace(attributes: Attributes): void;
}

/** A reader of attributes that are there as an object. */
export function readerOf(attributes: Attributes): AttributeReader {
  return {
    get: (key) => (Object.hasOwn(attributes, key) ? attributes[key] : undefined),
    all: () => attributes,
  };
}

/**
 * Changes over attributes that stay as they are. New names alone are kept apart from the rest, so that a record which
 * only gains attributes is never materialised.
 */
export class AttributeDraft implements AttributeEditor {
  readonly #source: AttributeReader;
  #added: Record<string, AttributeValue> | undefined;
  /** Everything there is, from the moment that something was replaced or removed. */
  #all: Record<string, AttributeValue> | undefined;
  /** Somebody was given #all: it must not change any more. */
  #handedOut = false;

  constructor(source: AttributeReader) {
    this.#source = source;
  }

  /** What became of the source: untouched, only added to (`added` tells what), or something replaced or removed. */
  get change(): "none" | "added" | "replaced" {
    if (this.#all !== undefined) return "replaced";
    return this.#added === undefined ? "none" : "added";
  }

  get added(): Attributes {
    return this.#added ?? {};
  }

  get(key: string): AttributeValue | undefined {
    if (this.#all !== undefined) return Object.hasOwn(this.#all, key) ? this.#all[key] : undefined;
    if (this.#added !== undefined && Object.hasOwn(this.#added, key)) return this.#added[key];
    return this.#source.get(key);
  }

  all(): Attributes {
    if (this.#all !== undefined) {
      this.#handedOut = true;
      return this.#all;
    }
    return this.#added === undefined ? this.#source.all() : bare(this.#source.all(), this.#added);
  }

  set(key: string, value: AttributeValue): void {
    if (this.#all === undefined && this.#source.get(key) === undefined) {
      this.#added ??= bare();
      this.#added[key] = value;
    } else if (this.get(key) !== value) this.#own()[key] = value;
  }

  assign(attributes: Attributes): void {
    for (const [key, value] of Object.entries(attributes)) this.set(key, value);
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return;
    if (this.#all === undefined && this.#added !== undefined && Object.hasOwn(this.#added, key)) {
      delete this.#added[key];
      if (Object.keys(this.#added).length === 0) this.#added = undefined;
    } else delete this.#own()[key];
  }

  replace(attributes: Attributes): void {
    this.#all = bare(attributes);
    this.#handedOut = false;
  }

  #own(): Record<string, AttributeValue> {
    if (this.#all === undefined || this.#handedOut) this.#all = bare(this.all());
    this.#handedOut = false;
    return this.#all;
  }
}

/** Without a prototype: a key may be called `__proto__`. */
function bare(...parts: readonly Attributes[]): Record<string, AttributeValue> {
  return Object.assign(Object.create(null) as Record<string, AttributeValue>, ...parts) as Record<
    string,
    AttributeValue
  >;
}
