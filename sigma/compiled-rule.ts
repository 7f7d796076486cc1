import { nearestName } from "#core/nearest-name.ts";
import { parseCondition } from "./condition.ts";
import { compileExpression, fieldsOf, type Expression, type RecordTest } from "./expression.ts";
import { readDetection } from "./read-detection.ts";
import type { RuleMetadata } from "./rule-metadata.ts";
import type { ProblemList } from "./rule-problem.ts";
import type { RuleHeader } from "./rule-schema.ts";
import { entryOf, type MapEntry, type MapNode, type RuleNode } from "./rule-tree.ts";
import type { WitnessCost } from "./witness-cost.ts";
import { findWitness, type Witness } from "./witness.ts";

/** Which records a rule is about. */
export interface LogSource {
  readonly category: string | undefined;
  readonly product: string | undefined;
  readonly service: string | undefined;
}

/** A rule that can be asked about records. */
export interface CompiledRule extends RuleMetadata {
  readonly logsource: LogSource;
  /** Fields that the detection compares; keywords look at all of the record and are not listed. */
  readonly fields: readonly string[];
  /** Whether a match is a finding by itself: not so for rules that only feed correlations. */
  readonly alerts: boolean;
  readonly matches: RecordTest;
  /** undefined: the rule must be asked about every record of its log source. */
  readonly witness: Witness | undefined;
}

/** Compiles a document whose header is valid; undefined when there was a problem. */
export function compileRule(
  header: RuleHeader,
  metadata: RuleMetadata,
  node: MapNode,
  problems: ProblemList,
  cost: WitnessCost | undefined,
): CompiledRule | undefined {
  const detection = entryOf(node, "detection")?.value;
  if (detection?.kind !== "map") return undefined;
  const errorsBefore = problems.errors;
  const selections = new Map<string, Expression>();
  for (const { key, value } of detection.entries) {
    if (key === "condition") continue;
    const selection = readDetection(value, problems);
    if (selection !== undefined) selections.set(key, selection);
  }
  // A condition that names a faulty selection would only add a misleading problem.
  if (problems.errors !== errorsBefore) return undefined;
  const expression = readConditions(detection, selections, problems);
  if (expression === undefined) return undefined;
  const { category, product, service } = header.logsource;
  return {
    ...metadata,
    logsource: { category, product, service },
    fields: fieldsOf(expression),
    alerts: true,
    matches: compileExpression(expression),
    witness: findWitness(expression, cost),
  };
}

/** A list of conditions means that one of them suffices. */
function readConditions(
  detection: MapNode,
  selections: ReadonlyMap<string, Expression>,
  problems: ProblemList,
): Expression | undefined {
  const entry = entryOf(detection, "condition");
  if (entry === undefined) {
    const near = nearestName("condition", selections.keys());
    problems.error(detection.at, "detection has no condition", near === undefined ? undefined : "condition");
    return undefined;
  }
  const nodes = entry.value.kind === "list" ? entry.value.items : [entry.value];
  const used = new Set<string>();
  const parts = nodes.flatMap((node) => readCondition(node, selections, used, problems) ?? []);
  if (parts.length !== nodes.length || parts.length === 0) {
    if (nodes.length === 0) problems.error(entry.value.at, "detection has no condition");
    return undefined;
  }
  warnOfUnused(detection.entries, used, problems);
  return parts.length === 1 ? parts[0] : { kind: "or", parts };
}

function readCondition(
  node: RuleNode,
  selections: ReadonlyMap<string, Expression>,
  used: Set<string>,
  problems: ProblemList,
): Expression | undefined {
  if (node.kind !== "scalar" || typeof node.value !== "string") {
    problems.error(node.at, "a condition is a text");
    return undefined;
  }
  const parsed = parseCondition(node.value, selections);
  if (!parsed.ok) {
    problems.error(node.at, parsed.message, parsed.suggestion);
    return undefined;
  }
  for (const name of parsed.used) used.add(name);
  return parsed.expression;
}

function warnOfUnused(entries: readonly MapEntry[], used: ReadonlySet<string>, problems: ProblemList): void {
  for (const { key, keyAt } of entries) {
    if (key === "condition" || key.startsWith("_") || used.has(key)) continue;
    problems.warning(keyAt, `selection "${key}" is not used by the condition`);
  }
}
