import { createHash } from "node:crypto";
import type { AttributeValue } from "#core/attributes.ts";
import { toText } from "#core/attributes.ts";
import type { CorrelationRule } from "./correlation-rule.ts";
import { CorrelationWindow, type WindowMatch } from "./correlation-window.ts";
import { parseSnapshot, type CorrelatorSnapshot, type GroupSnapshot } from "./correlator-snapshot.ts";

/** A record that a rule matched. */
export interface CorrelationMatch<E> {
  readonly ruleId: string;
  /** Event time, unix milliseconds; may have a fraction. */
  readonly timeMs: number;
  field(name: string): AttributeValue | undefined;
  /** What the caller needs to find the record again. Kept as long as the window; JSON if snapshots are taken. */
  readonly evidence: E;
}

/** A correlation whose condition has come true for a group. */
export interface CorrelationFired<E> {
  readonly rule: CorrelationRule;
  /** Value by group-by name; long values are shortened and end in a hash. */
  readonly group: Readonly<Record<string, string>>;
  /** What the condition compared: events or distinct values in the window. */
  readonly count: number;
  /** Matches since the window of the group was last empty. */
  readonly total: number;
  /** The distinct values that were counted, the latest MAX_EVIDENCE; empty for types that count events. */
  readonly values: readonly string[];
  readonly firstMs: number;
  readonly lastMs: number;
  readonly windowStartMs: number;
  /** Handles of the latest MAX_EVIDENCE events, in the order of time. */
  readonly evidence: readonly E[];
}

const MAX_EVIDENCE = 20;

/** Longer values are kept as a beginning and a hash, so that an attacker's text cannot fill the memory. */
const MAX_VALUE_CHARACTERS = 256;

export interface CorrelatorOptions {
  /** Groups of all correlations together; the group that had no match for longest goes first. */
  readonly maxGroups?: number;
}

/** Numbers for metrics. */
export interface CorrelatorCounts {
  /** Groups that are held now. */
  readonly groups: number;
  /** Groups that were dropped because there were too many. */
  readonly evictedGroups: number;
  /** Matches that came too late to count. */
  readonly lateMatches: number;
  /** Matches that lack a group-by field or the counted field. */
  readonly keylessMatches: number;
}

interface Group<E> {
  readonly rule: CorrelationRule;
  readonly values: readonly string[];
  readonly window: CorrelationWindow<E>;
}

/**
 * Counts matches per group in event time. Holds nothing of the records but the values of their keys and the evidence
 * handles, and copies those values, so that a batch can be freed.
 */
export class Correlator<E> {
  readonly #byRule = new Map<string, CorrelationRule[]>();
  readonly #correlations: readonly CorrelationRule[];
  readonly #maxGroups: number;
  /** In the order of their latest match. */
  readonly #groups = new Map<string, Group<E>>();
  #evictedGroups = 0;
  #lateMatches = 0;
  #keylessMatches = 0;

  constructor(correlations: readonly CorrelationRule[], { maxGroups = 100_000 }: CorrelatorOptions = {}) {
    this.#correlations = correlations;
    this.#maxGroups = maxGroups;
    for (const correlation of correlations) {
      for (const ruleId of correlation.ruleIds) {
        this.#byRule.set(ruleId, [...(this.#byRule.get(ruleId) ?? []), correlation]);
      }
    }
  }

  get counts(): CorrelatorCounts {
    return {
      groups: this.#groups.size,
      evictedGroups: this.#evictedGroups,
      lateMatches: this.#lateMatches,
      keylessMatches: this.#keylessMatches,
    };
  }

  /**
   * Counts a match in every correlation that refers to its rule, and what fires in those that refer to it in turn.
   * Returns what fired, without the correlations that only feed others.
   */
  add(match: CorrelationMatch<E>): CorrelationFired<E>[] {
    const fired: CorrelationFired<E>[] = [];
    for (const rule of this.#byRule.get(match.ruleId) ?? []) {
      const one = this.#count(rule, match);
      if (one === undefined) continue;
      if (rule.alerts) fired.push(one);
      fired.push(...this.add(toMatch(one, match.evidence)));
    }
    return fired;
  }

  #count(rule: CorrelationRule, match: CorrelationMatch<E>): CorrelationFired<E> | undefined {
    const keys = rule.groupBy.map((field) => keyText(match.field(field.fieldIn(match.ruleId))));
    const values = rule.valueFields.map((name) => keyText(match.field(name)));
    if (keys.includes(undefined) || values.includes(undefined)) {
      this.#keylessMatches++;
      return undefined;
    }
    const group = this.#group(rule, JSON.stringify([rule.id, ...keys]));
    const value = rule.type.by === "rule" ? match.ruleId : valueText(values);
    const result = group.window.add({ timeMs: match.timeMs, value, evidence: match.evidence });
    if (result === "late") this.#lateMatches++;
    return result === undefined || result === "late" ? undefined : toFired(group, result);
  }

  /** The state as plain data, so that windows outlive a restart. */
  snapshot(): CorrelatorSnapshot<E> {
    const groups = [...this.#groups].map(([key, { rule, window }]): GroupSnapshot<E> => {
      return { key, fingerprint: rule.fingerprint, window: window.state() };
    });
    return { version: 1, groups };
  }

  /**
   * Takes over the state of a snapshot. Groups of correlations that are gone or have changed are left out.
   * @returns how many groups were taken over and left out, or a text that says why the snapshot is unusable.
   */
  restore(snapshot: unknown): { readonly restored: number; readonly dropped: number } | string {
    const parsed = parseSnapshot<E>(snapshot);
    if (typeof parsed === "string") return parsed;
    let restored = 0;
    for (const { key, fingerprint, window } of parsed.groups) {
      const [ruleId] = JSON.parse(key) as string[];
      const rule = this.#correlations.find((correlation) => correlation.id === ruleId);
      if (rule === undefined || rule.fingerprint !== fingerprint) continue;
      this.#group(rule, key).window.restore(window);
      restored++;
    }
    return { restored, dropped: parsed.groups.length - restored };
  }

  #group(rule: CorrelationRule, key: string): Group<E> {
    let group = this.#groups.get(key);
    // Taken out and put back, so that the map stays in the order of the latest match.
    if (group !== undefined) this.#groups.delete(key);
    else {
      // Parsing copies: the values would otherwise keep the text of a whole batch alive.
      const [, ...values] = JSON.parse(key) as string[];
      group = { rule, values, window: new CorrelationWindow(rule) };
      if (this.#groups.size >= this.#maxGroups) this.#evictOldest();
    }
    this.#groups.set(key, group);
    return group;
  }

  #evictOldest(): void {
    for (const key of this.#groups.keys()) {
      this.#groups.delete(key);
      this.#evictedGroups++;
      return;
    }
  }
}

function toFired<E>({ rule, values }: Group<E>, match: WindowMatch<E>): CorrelationFired<E> {
  const first = match.events[0];
  const last = match.events.at(-1);
  const distinct = rule.type.by === "field" ? new Set(match.events.map(({ value }) => value)) : [];
  return {
    rule,
    group: Object.fromEntries(rule.groupBy.map(({ name }, index) => [name, values[index] ?? ""])),
    count: match.count,
    total: match.total,
    values: [...distinct].slice(-MAX_EVIDENCE),
    firstMs: first?.timeMs ?? 0,
    lastMs: last?.timeMs ?? 0,
    windowStartMs: match.windowStartMs,
    evidence: match.events.slice(-MAX_EVIDENCE).map(({ evidence }) => evidence),
  };
}

/** What fired, as a match of its correlation: others see only the fields that it is grouped by. */
function toMatch<E>({ rule, group, lastMs }: CorrelationFired<E>, evidence: E): CorrelationMatch<E> {
  return { ruleId: rule.id, timeMs: lastMs, evidence, field: (name) => group[name] };
}

/** One value as it is, several as one text. */
function valueText(values: readonly (string | undefined)[]): string {
  return values.length > 1 ? JSON.stringify(values) : (values[0] ?? "");
}

/** A value as a part of a key; undefined when there is none. */
function keyText(value: AttributeValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = toText(value);
  if (text.length <= MAX_VALUE_CHARACTERS) return text;
  const hash = createHash("sha256").update(text).digest("hex");
  return `${text.slice(0, MAX_VALUE_CHARACTERS - 80)}...sha256:${hash}`;
}
