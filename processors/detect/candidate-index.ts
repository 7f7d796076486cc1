import type { AttributeSet } from "#core/attributes.ts";
import { type Columns, ESCAPED, KIND_MASK, NON_ASCII } from "#core/columns.ts";
import { decodeTyped } from "#core/decode-typed.ts";
import { decodeValue } from "#core/decode-value.ts";
import type { KeyTable } from "#core/key-table.ts";
import { ByteAutomaton } from "#sigma/byte-automaton.ts";
import { foldCase } from "#sigma/case-folding.ts";
import type { CompiledRule } from "#sigma/compiled-rule.ts";
import { leafTexts } from "#sigma/sigma-record.ts";

/** Who waits for a literal: the rule, by its position, and the field in which it must stand. */
interface Owner {
  readonly rule: number;
  /** Position in `#fieldNames`, or ANY. */
  readonly field: number;
}

/** KELVIN SIGN and LATIN SMALL LETTER LONG S in UTF-8: the characters outside ASCII that fold to an ASCII letter. */
const FOLDS_TO_ASCII = [Buffer.from("\u212a"), Buffer.from("\u017f")];

const ANY = -1;
/** No rule looks at the field. */
const NOBODY = -2;

/**
 * Names the rules that a record may match, from its raw bytes: one automaton of the literals that rules cannot match
 * without, run only over fields that some rule reads. It may name a rule too many, and never one too few: values with
 * escapes are decoded first, values that are not all ASCII folded first, so that neither can hide a literal.
 */
export class CandidateIndex {
  /** Positions of rules without a literal: every record is a candidate for them. */
  readonly always: readonly number[];
  /** Candidates since `begin`, each once. */
  readonly found: number[] = [];
  readonly #automaton: ByteAutomaton | undefined;
  readonly #owners: readonly (readonly Owner[])[];
  readonly #fieldNames: readonly string[];
  readonly #anyField: boolean;
  readonly #seen: Uint32Array;
  readonly #sets = new WeakMap<AttributeSet, readonly number[]>();
  /** Rules that the head of a record names, by severity and event index of the batch. */
  #heads: (readonly number[])[] = [];
  #scratch = Buffer.allocUnsafeSlow(64 * 1024);
  #stamp = 0;
  readonly #eventName: number;
  readonly #severityText: number;
  /** The batch holds a character outside ASCII that folds to an ASCII letter. */
  #folds = false;
  #keys: KeyTable | undefined;
  /** Field position (or ANY, NOBODY) by key id. */
  #fieldOfKey = new Int16Array(0);

  constructor(rules: readonly CompiledRule[]) {
    const literals = new Map<string, Owner[]>();
    const fieldNames: string[] = [];
    const always: number[] = [];
    for (const [rule, { witness }] of rules.entries()) {
      if (witness === undefined) always.push(rule);
      for (const { field, literal } of witness ?? []) {
        if (field !== undefined && !fieldNames.includes(field)) fieldNames.push(field);
        const owners = literals.get(literal) ?? [];
        owners.push({ rule, field: field === undefined ? ANY : fieldNames.indexOf(field) });
        literals.set(literal, owners);
      }
    }
    this.always = always;
    this.#fieldNames = fieldNames;
    this.#owners = [...literals.values()];
    this.#anyField = this.#owners.some((owners) => owners.some(({ field }) => field === ANY));
    this.#automaton =
      literals.size === 0 ? undefined : new ByteAutomaton([...literals.keys()].map((text) => Buffer.from(text)));
    this.#seen = new Uint32Array(rules.length);
    this.#eventName = this.#fieldNamed("event_name");
    this.#severityText = this.#fieldNamed("severity_text");
  }

  /** Starts a new record. */
  begin(): void {
    this.found.length = 0;
    this.#stamp = (this.#stamp + 1) >>> 0;
    if (this.#stamp === 0) this.#seen.fill(0);
  }

  /** Prepares for a batch: marks keys that rules read, and looks whether any byte of it may hide an ASCII letter. */
  useBatch({ keys, bytes }: Columns): void {
    this.#heads = [];
    this.#folds = FOLDS_TO_ASCII.some((sequence) => bytes.includes(sequence));
    if (this.#keys === keys && this.#fieldOfKey.length === keys.size) return;
    this.#keys = keys;
    this.#fieldOfKey = Int16Array.from({ length: keys.size }, (_, id) =>
      this.#fieldNamed(id === 0 ? "body" : keys.name(id)),
    );
  }

  /** Looks at the field in `slot`. */
  field(columns: Columns, slot: number): void {
    const { fields, bytes } = columns;
    const field = this.#fieldOfKey[fields[slot] as number] as number;
    if (field === NOBODY) return;
    const from = fields[slot + 1] as number;
    const to = fields[slot + 2] as number;
    const flags = fields[slot + 3] as number;
    if ((flags & KIND_MASK) !== 0) {
      for (const text of leafTexts(decodeTyped(bytes, from, to, flags))) this.#scanText(text, field);
      return;
    }
    const raw = (flags & ESCAPED) === 0 && ((flags & NON_ASCII) === 0 || !this.#folds);
    if (raw) this.#scan(bytes, from, to, field);
    else this.#scanText(decodeValue(bytes, from, to, flags), field);
  }

  /** Whether some rule looks at an attribute of these sets. */
  reads(sets: readonly AttributeSet[]): boolean {
    let last: readonly string[] | undefined;
    for (const { names } of sets) {
      // Sets with the same names share the array.
      if (names === last) continue;
      last = names;
      if (names.some((name) => this.#fieldNamed(name) !== NOBODY)) return true;
    }
    return false;
  }

  /** Looks at what record `i` has beside its fields; once per kind of record in a batch. */
  head(columns: Columns, i: number): void {
    const kind = (columns.event[i] as number) * columns.severities.length + (columns.severity[i] as number);
    let rules = this.#heads[kind];
    if (rules === undefined) {
      rules = this.#apart(() => {
        this.#headText(columns.eventNames[columns.event[i] as number], this.#eventName);
        this.#headText(columns.severities[columns.severity[i] as number]?.text, this.#severityText);
      });
      this.#heads[kind] = rules;
    }
    for (const rule of rules) this.#add(rule);
  }

  /** Looks at the body of a record without fields. */
  rawBody(columns: Columns, i: number): void {
    const field = this.#fieldNamed("body");
    if (field !== NOBODY) this.#scanText(columns.bytes.toString("utf8", columns.start[i], columns.end[i]), field);
  }

  /** Looks at shared attributes; once per set, however many records carry it. */
  set(set: AttributeSet): void {
    let rules = this.#sets.get(set);
    if (rules === undefined) {
      rules = this.#apart(() => {
        for (const name of set.names) {
          const field = this.#fieldNamed(name);
          if (field === NOBODY) continue;
          for (const text of leafTexts(set.attributes[name])) this.#scanText(text, field);
        }
      });
      this.#sets.set(set, rules);
    }
    for (const rule of rules) this.#add(rule);
  }

  /** What `look` finds, whatever was found before it; the record's own findings are as they were. */
  #apart(look: () => void): readonly number[] {
    const before = [...this.found];
    this.begin();
    look();
    const rules = [...this.found];
    this.begin();
    for (const rule of before) this.#add(rule);
    return rules;
  }

  #headText(text: string | undefined, field: number): void {
    if (field !== NOBODY && text !== undefined) this.#scanText(text, field);
  }

  #scanText(text: string, field: number): void {
    let length = this.#encode(text);
    if (length !== text.length) length = this.#encode(foldCase(text));
    this.#scan(this.#scratch, 0, length, field);
  }

  /** UTF-8 of `text` into the scratch buffer; returns how long it is. */
  #encode(text: string): number {
    if (this.#scratch.length < text.length * 3) this.#scratch = Buffer.allocUnsafeSlow(text.length * 3);
    return this.#scratch.write(text);
  }

  #scan(bytes: Uint8Array, from: number, to: number, field: number): void {
    const automaton = this.#automaton;
    if (automaton === undefined) return;
    const count = automaton.scan(bytes, from, to);
    for (let k = 0; k < count; k++) {
      for (const owner of this.#owners[automaton.hits[k] as number] as readonly Owner[]) {
        if (owner.field === ANY || owner.field === field) this.#add(owner.rule);
      }
    }
  }

  #add(rule: number): void {
    if (this.#seen[rule] === this.#stamp) return;
    this.#seen[rule] = this.#stamp;
    this.found.push(rule);
  }

  #fieldNamed(name: string): number {
    const field = this.#fieldNames.indexOf(name);
    if (field >= 0) return field;
    return this.#anyField ? ANY : NOBODY;
  }
}
