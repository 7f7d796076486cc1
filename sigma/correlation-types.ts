/** One match as a window keeps it. */
export interface WindowEvent<E> {
  /** Event time, unix milliseconds; may have a fraction. */
  readonly timeMs: number;
  /** What the type tells events apart by; empty when it does not. */
  readonly value: string;
  /** The caller's handle of the record. */
  readonly evidence: E;
}

/** How a correlation type turns the events of a window into the number that its condition compares. */
export interface CorrelationType {
  /** What tells events apart: nothing, the field that the condition names, or the rule that matched. */
  readonly by: "nothing" | "field" | "rule";
  /** The number for `events[from, to)`, which are in the order of time; `ruleIds` are those of the correlation. */
  measure(events: readonly WindowEvent<unknown>[], from: number, to: number, ruleIds: readonly string[]): number;
  /**
   * The event that no window needs any longer now that `events[inserted]` is there, or -1: so a flood of equal events
   * needs little memory and pushes no others out.
   */
  redundant(events: readonly WindowEvent<unknown>[], inserted: number, timespanMs: number): number;
}

/** The types that are supported; a new one is an entry here. */
export const CORRELATION_TYPES: ReadonlyMap<string, CorrelationType> = new Map<string, CorrelationType>([
  ["event_count", { by: "nothing", measure: (_events, from, to) => to - from, redundant: () => -1 }],
  ["value_count", { by: "field", measure: countDistinct, redundant: enclosedEvent }],
  ["temporal", { by: "rule", measure: countDistinct, redundant: enclosedEvent }],
  ["temporal_ordered", { by: "rule", measure: countInOrder, redundant: enclosedEvent }],
]);

/** Types of Sigma that are known and not supported. */
export const UNSUPPORTED_TYPES: readonly string[] = [
  "temporal_extended",
  "temporal_ordered_extended",
  "value_sum",
  "value_avg",
  "value_percentile",
  "value_median",
];

function countDistinct(events: readonly WindowEvent<unknown>[], from: number, to: number): number {
  const values = new Set<string>();
  for (let i = from; i < to; i++) values.add(events[i]?.value ?? "");
  return values.size;
}

/** How many of the rules, from the first on, matched one after the other. */
function countInOrder(
  events: readonly WindowEvent<unknown>[],
  from: number,
  to: number,
  ruleIds: readonly string[],
): number {
  let next = 0;
  for (let i = from; i < to; i++) if (events[i]?.value === ruleIds[next]) next++;
  return next;
}

/** An event between two of the same value that are less than a time span apart. */
function enclosedEvent(events: readonly WindowEvent<unknown>[], inserted: number, timespanMs: number): number {
  for (const index of [sameValue(events, inserted, -1), inserted, sameValue(events, inserted, 1)]) {
    const before = events[sameValue(events, index, -1)];
    const after = events[sameValue(events, index, 1)];
    // A window that holds this one, and neither the one before nor the one after, is longer than a time span.
    if (before !== undefined && after !== undefined && after.timeMs - before.timeMs < timespanMs) return index;
  }
  return -1;
}

/** Index of the nearest event with the same value in one direction, or -1. */
function sameValue(events: readonly WindowEvent<unknown>[], index: number, step: 1 | -1): number {
  const value = events[index]?.value;
  for (let i = index + step; i >= 0 && i < events.length; i += step) if (events[i]?.value === value) return i;
  return -1;
}
