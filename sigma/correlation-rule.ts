import { nearestName } from "#core/nearest-name.ts";
import { CORRELATION_TYPES, UNSUPPORTED_TYPES, type CorrelationType } from "./correlation-types.ts";
import type { RuleMetadata } from "./rule-metadata.ts";
import type { ProblemList } from "./rule-problem.ts";
import type { CorrelationHeader } from "./rule-schema.ts";
import { positionAt, type RuleNode } from "./rule-tree.ts";

/** Counting more than this is for a database and not for a window in memory. */
const MAX_THRESHOLD = 10_000;

/** A field of the group, by the name that alerts use, and where to find it in the matches of each rule. */
interface GroupField {
  readonly name: string;
  fieldIn(ruleId: string): string;
}

/** A correlation rule, ready for a `Correlator`. */
export interface CorrelationRule extends RuleMetadata {
  readonly type: CorrelationType;
  /** Ids of the rules and correlations whose matches are counted, in the order of the document. */
  readonly ruleIds: readonly string[];
  readonly timespanMs: number;
  readonly groupBy: readonly GroupField[];
  /** Fields whose distinct values are counted; empty for types that count events. */
  readonly valueFields: readonly string[];
  /** The least number that fires. */
  readonly threshold: number;
  /** Whether firing is a finding by itself: not so for correlations that only feed others. */
  readonly alerts: boolean;
  /** The same state means the same as long as this text is the same. */
  readonly fingerprint: string;
}

/** A rule or correlation that a correlation may refer to. */
export interface ReferencedRule {
  readonly id: string;
  readonly name: string;
}

/** Compiles the `correlation` of a document whose header is valid; undefined when there was a problem. */
export function toCorrelationRule(
  { correlation }: CorrelationHeader,
  metadata: RuleMetadata,
  node: RuleNode,
  references: ReadonlyMap<string, ReferencedRule>,
  problems: ProblemList,
): CorrelationRule | undefined {
  const errorsBefore = problems.errors;
  const report = (path: readonly PropertyKey[], message: string, suggestion?: string): void =>
    problems.error(positionAt(node, ["correlation", ...path], true), message, suggestion);

  const type = CORRELATION_TYPES.get(correlation.type);
  if (type === undefined) {
    const known = UNSUPPORTED_TYPES.includes(correlation.type);
    const message = `correlation type "${correlation.type}" is ${known ? "not supported" : "unknown"}`;
    report(["type"], message, known ? undefined : nearestName(correlation.type, CORRELATION_TYPES.keys()));
  }
  const rules = correlation.rules.flatMap((reference, index) => {
    const rule = references.get(reference);
    if (rule === undefined) {
      report(
        ["rules", index],
        `"${reference}" is not the name or id of a loaded rule`,
        nearestName(reference, references.keys()),
      );
    }
    return rule ?? [];
  });
  const condition = readCondition(correlation.condition, type, rules.length, report);
  const groupBy = correlation["group-by"].map((name) => toGroupField(name, correlation.aliases[name], rules));
  checkAliases(correlation, rules, report);
  if (type === undefined || condition === undefined || problems.errors !== errorsBefore) return undefined;
  return {
    ...metadata,
    ...condition,
    type,
    ruleIds: [...new Set(rules.map(({ id }) => id))],
    timespanMs: correlation.timespan,
    groupBy,
    alerts: true,
    fingerprint: JSON.stringify(correlation),
  };
}

type Report = (path: readonly PropertyKey[], message: string, suggestion?: string) => void;

interface CorrelationCondition {
  readonly threshold: number;
  readonly valueFields: readonly string[];
}

function readCondition(
  condition: Readonly<Record<string, unknown>> | undefined,
  type: CorrelationType | undefined,
  ruleCount: number,
  report: Report,
): CorrelationCondition | undefined {
  // Without a condition, all the rules of a temporal correlation must have matched.
  if (condition === undefined && type?.by === "rule") return { threshold: ruleCount, valueFields: [] };
  const { field, ...operators } = condition ?? {};
  const [operator, ...more] = Object.keys(operators);
  if (operator === undefined || more.length > 0) {
    report(["condition"], "the condition needs one of gte and gt");
    return undefined;
  }
  if (operator !== "gte" && operator !== "gt") {
    const known = ["lt", "lte", "eq", "neq"].includes(operator);
    report(["condition", operator], `"${operator}" is ${known ? "not supported" : "unknown"}; use gte or gt`);
    return undefined;
  }
  const limit = operators[operator];
  const threshold = typeof limit === "number" ? (operator === "gt" ? Math.floor(limit) + 1 : Math.ceil(limit)) : 0;
  if (threshold < 1 || threshold > MAX_THRESHOLD) {
    report(["condition", operator], `expected a number that takes 1 to ${MAX_THRESHOLD} events`);
    return undefined;
  }
  const valueFields = typeof field === "string" ? [field] : field;
  if (type?.by === "field") {
    if (isTexts(valueFields)) return { threshold, valueFields };
    report(["condition"], "this correlation type needs a field, or a list of fields, in its condition");
    return undefined;
  }
  if (field !== undefined) report(["condition", "field"], "this correlation type counts no field");
  return { threshold, valueFields: [] };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");
}

function toGroupField(
  name: string,
  alias: Readonly<Record<string, string>> | undefined,
  rules: readonly ReferencedRule[],
): GroupField {
  const fields = new Map(rules.map((rule) => [rule.id, alias?.[rule.name] ?? alias?.[rule.id] ?? name]));
  return { name, fieldIn: (ruleId) => fields.get(ruleId) ?? name };
}

function checkAliases(
  correlation: CorrelationHeader["correlation"],
  rules: readonly ReferencedRule[],
  report: Report,
): void {
  const references = rules.flatMap(({ id, name }) => [id, name]);
  for (const [alias, fields] of Object.entries(correlation.aliases)) {
    if (!correlation["group-by"].includes(alias))
      report(["aliases", alias], `alias "${alias}" is not used in group-by`);
    for (const reference of Object.keys(fields)) {
      if (references.includes(reference)) continue;
      report(
        ["aliases", alias, reference],
        `"${reference}" is not among the rules of this correlation`,
        nearestName(reference, references),
      );
    }
  }
}
