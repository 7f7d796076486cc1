import assert from "node:assert/strict";
import type { Attributes } from "#core/attributes.ts";
import type { CompiledRule } from "#sigma/compiled-rule.ts";
import { loadRules } from "#sigma/load-rules.ts";
import type { RuleProblem } from "#sigma/rule-problem.ts";
import { toSigmaRecord } from "#sigma/sigma-record.ts";

/** A rule around the YAML of a `detection`, which is given without indentation. */
export function ruleText(detection: string, header = ""): string {
  const indented = detection.trim().replaceAll("\n", "\n  ");
  return `title: Under test\nlogsource: { product: tidb }\n${header}\ndetection:\n  ${indented}\n`;
}

/** The compiled rule of a detection that has no mistake. */
export function detectionRule(detection: string): CompiledRule {
  const { rules, problems } = loadRules([{ path: "rule.yml", text: ruleText(detection) }]);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.ok(rules[0]);
  return rules[0];
}

/** Whether a selection of one item, `field: value` in YAML, matches. */
export function itemMatches(item: string, attributes: Attributes): boolean {
  return detectionRule(`sel:\n  ${item}\ncondition: sel`).matches(toSigmaRecord(attributes));
}

/** The mistakes in a detection. */
export function detectionProblems(detection: string): readonly RuleProblem[] {
  return loadRules([{ path: "rule.yml", text: ruleText(detection) }]).problems;
}
