import { toCorrelationRule, type CorrelationRule, type ReferencedRule } from "./correlation-rule.ts";
import type { RuleMetadata } from "./rule-metadata.ts";
import type { ProblemList } from "./rule-problem.ts";
import type { CorrelationHeader } from "./rule-schema.ts";
import type { MapNode } from "./rule-tree.ts";

/** A correlation whose header is valid, and whose references are not yet followed. */
export interface PendingCorrelation {
  readonly header: CorrelationHeader;
  readonly metadata: RuleMetadata;
  readonly node: MapNode;
  readonly problems: ProblemList;
}

interface LinkedCorrelations {
  readonly correlations: readonly CorrelationRule[];
  /** Ids of what some correlation refers to without `generate`. */
  readonly silent: ReadonlySet<string>;
  /** Ids of what some correlation refers to with `generate`. */
  readonly generating: ReadonlySet<string>;
}

/**
 * Compiles correlations once everything that they refer to is known: rules first, then the correlations over them, and
 * so on. What is left over refers to something unknown, or in a circle, and is reported.
 */
export function linkCorrelations(
  rules: readonly ReferencedRule[],
  pending: readonly PendingCorrelation[],
): LinkedCorrelations {
  const known = byNameAndId(rules);
  const correlations: CorrelationRule[] = [];
  let waiting = pending;
  for (;;) {
    const ready = waiting.filter(({ header }) => header.correlation.rules.every((reference) => known.has(reference)));
    if (ready.length === 0) break;
    waiting = waiting.filter((one) => !ready.includes(one));
    for (const one of ready) {
      const correlation = toCorrelationRule(one.header, one.metadata, one.node, known, one.problems);
      if (correlation === undefined) continue;
      correlations.push(correlation);
      for (const [name, rule] of byNameAndId([correlation])) known.set(name, rule);
    }
  }
  for (const { header, metadata, node, problems } of waiting)
    toCorrelationRule(header, metadata, node, known, problems);
  return { correlations, ...listReferences(rules, pending) };
}

/** Also of correlations with a mistake: their rules must not begin to alert one by one because of that. */
function listReferences(
  rules: readonly ReferencedRule[],
  pending: readonly PendingCorrelation[],
): Pick<LinkedCorrelations, "silent" | "generating"> {
  const all = byNameAndId([...rules, ...pending.map(({ metadata }) => metadata)]);
  const silent = new Set<string>();
  const generating = new Set<string>();
  for (const { header } of pending) {
    const list = header.correlation.generate ? generating : silent;
    for (const reference of header.correlation.rules) list.add(all.get(reference)?.id ?? reference);
  }
  return { silent, generating };
}

function byNameAndId(rules: readonly ReferencedRule[]): Map<string, ReferencedRule> {
  return new Map(rules.flatMap((rule) => [[rule.name, rule] as const, [rule.id, rule] as const]));
}
