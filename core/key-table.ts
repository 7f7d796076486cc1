/** Key id of a record's body in every table; `Columns.body` says where it stands. */
export const BODY = 0;

/** Most keys a table takes; a source that invents more gets NO_KEY, and its record is kept unparsed. */
const MAX_KEYS = 4096;

export const NO_KEY = -1;

/**
 * Interned attribute names: raw key bytes -> small id -> name. Grows only, so ids stay valid for every batch that was
 * made with the table. Bounded, because a log line's keys may be an attacker's.
 */
export class KeyTable {
  readonly #names: string[] = [];
  readonly #ids = new Map<string, number>();
  readonly #raw: Buffer[] = [];
  readonly #rawIds: number[] = [];
  /** Open addressing over the hash of the raw key; 0 = empty, else slot + 1 in #raw. */
  #slots = new Uint16Array(512);
  readonly #rename: (key: string) => string;

  /** `rename` maps a key as the source spells it to an attribute name. */
  constructor(rename: (key: string) => string = (key) => key) {
    this.#rename = rename;
    this.#names.push("");
    this.#ids.set("", BODY);
  }

  get size(): number {
    return this.#names.length;
  }

  name(id: number): string {
    return this.#names[id] ?? "";
  }

  /** The id of an attribute name, or NO_KEY when no record has had it yet. */
  find(name: string): number {
    return this.#ids.get(name) ?? NO_KEY;
  }

  /** The id of an attribute name, made if need be; NO_KEY when the table is full. */
  intern(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    if (this.#names.length >= MAX_KEYS) return NO_KEY;
    const id = this.#names.length;
    this.#names.push(name);
    this.#ids.set(name, id);
    return id;
  }

  /** The id for the key that stands at `bytes[from, to)`, made if need be; NO_KEY when the table is full. */
  internBytes(bytes: Uint8Array, from: number, to: number, decode: (from: number, to: number) => string): number {
    let hash = to - from;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
    let slot = (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
    for (;;) {
      const at = this.#slots[slot] as number;
      if (at === 0) break;
      if (equal(this.#raw[at - 1] as Buffer, bytes, from, to)) return this.#rawIds[at - 1] as number;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    if (this.#raw.length >= MAX_KEYS) return NO_KEY;
    const id = this.intern(this.#rename(decode(from, to)));
    if (id === NO_KEY) return NO_KEY;
    const raw = Buffer.from(bytes.subarray(from, to));
    this.#raw.push(raw);
    this.#rawIds.push(id);
    this.#slots[slot] = this.#raw.length;
    if (this.#raw.length * 2 > this.#slots.length) this.#grow();
    return id;
  }

  #grow(): void {
    const slots = new Uint16Array(this.#slots.length * 2);
    for (const [index, raw] of this.#raw.entries()) {
      let hash = raw.length;
      for (const byte of raw) hash = (Math.imul(hash, 31) + byte) | 0;
      let slot = (hash ^ (hash >>> 15)) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

function equal(key: Buffer, bytes: Uint8Array, from: number, to: number): boolean {
  if (key.length !== to - from) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[from + i]) return false;
  return true;
}
