import type { LogBatch } from "#core/batch.ts";
import { layerSet } from "#core/batch.ts";
import { type Columns, FIELD_SLOTS } from "#core/columns.ts";
import type { LogRecord } from "#core/record.ts";
import type { CompiledRule } from "#sigma/compiled-rule.ts";
import { CandidateIndex } from "./candidate-index.ts";
import { takesKind } from "./log-sources.ts";
import { toRuleView } from "./record-view.ts";

/** Called for each record and each rule that it matches. */
export type OnMatch = (rule: CompiledRule, record: LogRecord) => void;

/** Finds which rules the records of a batch match. Records that are no candidate never become objects. */
export class Matcher {
  readonly #rules: readonly CompiledRule[];
  readonly #index: CandidateIndex;
  /** Per kind of record, 1 for the rules that are about it. */
  readonly #masks = new Map<string, Uint8Array>();
  /** Rules that were evaluated against a record. */
  evaluated = 0;

  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules;
    this.#index = new CandidateIndex(rules);
  }

  match(batch: LogBatch, onMatch: OnMatch): void {
    const component = batch.resource.attributes["service.name"];
    const name = typeof component === "string" ? component : "tidb";
    if (batch.columns === undefined) this.#objects(batch, name, onMatch);
    else this.#columns(batch, batch.columns, name, onMatch);
  }

  #columns(batch: LogBatch, columns: Columns, component: string, onMatch: OnMatch): void {
    const index = this.#index;
    index.useBatch(columns);
    const layers = batch.layers.filter(({ sets }) => index.reads(sets));
    for (let i = 0; i < columns.count; i++) {
      index.begin();
      const from = (columns.fieldFrom[i] as number) * FIELD_SLOTS;
      const to = (columns.fieldTo[i] as number) * FIELD_SLOTS;
      for (let slot = from; slot < to; slot += FIELD_SLOTS) index.field(columns, slot);
      if (from === to) index.rawBody(columns, i);
      for (const layer of layers) {
        const set = layerSet(layer, i);
        if (set !== undefined) index.set(set);
      }
      index.head(columns, i);
      if (index.found.length === 0 && index.always.length === 0) continue;
      this.#evaluate(batch, i, this.#mask(component, columns.eventNames[columns.event[i] as number]), onMatch);
    }
  }

  #evaluate(batch: LogBatch, i: number, mask: Uint8Array, onMatch: OnMatch): void {
    let record: LogRecord | undefined;
    for (const list of [this.#index.always, [...this.#index.found]]) {
      for (const position of list) {
        if (mask[position] === 0) continue;
        record ??= batch.at(i);
        this.#try(position, record, onMatch);
      }
    }
  }

  /** Objects are all there already: every rule is asked. */
  #objects(batch: LogBatch, component: string, onMatch: OnMatch): void {
    for (const record of batch) {
      const mask = this.#mask(component, record.eventName);
      for (let position = 0; position < this.#rules.length; position++) {
        if (mask[position] === 1) this.#try(position, record, onMatch);
      }
    }
  }

  #try(position: number, record: LogRecord, onMatch: OnMatch): void {
    const rule = this.#rules[position] as CompiledRule;
    this.evaluated++;
    if (rule.matches(toRuleView(record))) onMatch(rule, record);
  }

  #mask(component: string, eventName: string | undefined): Uint8Array {
    const key = `${component}\0${eventName ?? ""}`;
    let mask = this.#masks.get(key);
    if (mask === undefined) {
      mask = Uint8Array.from(this.#rules, ({ logsource }) => (takesKind(logsource, { component, eventName }) ? 1 : 0));
      // Component names come from resources; a source that invents them must not fill the memory.
      if (this.#masks.size < 1000) this.#masks.set(key, mask);
    }
    return mask;
  }
}
