import type { CorrelationRule } from "./correlation-rule.ts";
import type { WindowEvent } from "./correlation-types.ts";

/** Events that a window keeps beyond what its condition needs, for evidence and for what comes out of order. */
const MIN_EVENTS = 40;

/** The part of a window that fulfils the condition. */
export interface WindowMatch<E> {
  /** What the condition compared: never less than the threshold. */
  readonly count: number;
  /** Every match of the group since its window was last empty, those that are no longer kept included. */
  readonly total: number;
  /** In the order of time. */
  readonly events: readonly WindowEvent<E>[];
  readonly windowStartMs: number;
}

/** A window as plain data. */
export interface WindowState<E> {
  readonly events: readonly (readonly [timeMs: number, value: string, evidence: E])[];
  readonly total: number;
  readonly firedMs: number | null;
}

/**
 * The sliding window of one group, in event time. An event may come late by up to a time span and counts where it
 * belongs; windows are half open: an event leaves the window exactly one time span after it happened. Bounded: it
 * holds a few times what its condition needs, and drops the oldest.
 */
export class CorrelationWindow<E> {
  readonly #rule: CorrelationRule;
  readonly #events: WindowEvent<E>[] = [];
  #total = 0;
  /** End of the window that fired last; undefined when nothing is to be held back. */
  #firedMs: number | undefined;

  constructor(rule: CorrelationRule) {
    this.#rule = rule;
  }

  get size(): number {
    return this.#events.length;
  }

  /** "late" when the event is older than anything that can still count. */
  add(event: WindowEvent<E>): WindowMatch<E> | "late" | undefined {
    const newestMs = this.#events.at(-1)?.timeMs ?? event.timeMs;
    if (event.timeMs <= newestMs - 2 * this.#rule.timespanMs) return "late";
    if (event.timeMs - newestMs >= this.#rule.timespanMs) this.#restart();
    this.#total++;
    this.#insert(event);
    const match = this.#find(event.timeMs);
    if (match === undefined || this.#isHeldBack(event.timeMs)) return undefined;
    this.#firedMs = match.events.at(-1)?.timeMs;
    return match;
  }

  state(): WindowState<E> {
    return {
      events: this.#events.map(({ timeMs, value, evidence }) => [timeMs, value, evidence]),
      total: this.#total,
      firedMs: this.#firedMs ?? null,
    };
  }

  restore({ events, total, firedMs }: WindowState<E>): void {
    for (const [timeMs, value, evidence] of events) this.#insert({ timeMs, value, evidence });
    this.#total = total;
    this.#firedMs = firedMs ?? undefined;
  }

  /** The window is empty. What was raised is over, unless the rule says for how long it holds. */
  #restart(): void {
    this.#total = 0;
    if (this.#rule.custom.dedup?.for === undefined) this.#firedMs = undefined;
  }

  #isHeldBack(timeMs: number): boolean {
    if (this.#firedMs === undefined) return false;
    const holdMs = this.#rule.custom.dedup?.for;
    return holdMs === undefined || timeMs - this.#firedMs < holdMs;
  }

  #insert(event: WindowEvent<E>): void {
    const { type, timespanMs, threshold } = this.#rule;
    const index = this.#firstAfter(event.timeMs);
    this.#events.splice(index, 0, event);
    const redundant = type.redundant(this.#events, index, timespanMs);
    if (redundant >= 0) this.#events.splice(redundant, 1);
    const newestMs = this.#events.at(-1)?.timeMs ?? event.timeMs;
    const expired = this.#firstAfter(newestMs - 2 * timespanMs);
    const excess = this.#events.length - Math.max(MIN_EVENTS, 4 * threshold);
    this.#events.splice(0, Math.max(expired, excess, 0));
  }

  /** The earliest window with the event in it that fulfils the condition. */
  #find(timeMs: number): WindowMatch<E> | undefined {
    const { type, timespanMs, threshold, ruleIds } = this.#rule;
    for (let end = this.#firstAfter(timeMs); end <= this.#events.length; end++) {
      const lastMs = this.#events[end - 1]?.timeMs;
      if (lastMs === undefined || lastMs >= timeMs + timespanMs) return undefined;
      const start = this.#firstAfter(lastMs - timespanMs);
      if (end - start < threshold) continue;
      const count = type.measure(this.#events, start, end, ruleIds);
      if (count < threshold) continue;
      const events = this.#events.slice(start, end);
      return { count, total: this.#total, events, windowStartMs: lastMs - timespanMs };
    }
    return undefined;
  }

  /** Index of the first event that happened after `timeMs`. */
  #firstAfter(timeMs: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle] as WindowEvent<E>).timeMs <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
