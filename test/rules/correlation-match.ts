import assert from "node:assert/strict";
import type { Attributes } from "#core/attributes.ts";
import type { CorrelationRule } from "#sigma/correlation-rule.ts";
import type { CorrelationMatch } from "#sigma/correlator.ts";
import { loadRules } from "#sigma/load-rules.ts";
import { ruleText } from "./detection-rule.ts";

/** Correlations over the rules `base` and `other`, from the YAML of their documents without a title. */
export function correlationRules(...documents: readonly string[]): readonly CorrelationRule[] {
  const base = ["base", "other"].map((name) => ruleText("sel:\n  f: x\ncondition: sel", `name: ${name}`));
  const titled = documents.map((document) => `title: Under test\n${document}\n`);
  const { correlations, problems } = loadRules([{ path: "rules.yml", text: [...base, ...titled].join("\n---\n") }]);
  assert.deepEqual(problems, []);
  return correlations;
}

/** One of them, from the YAML of its body and of its other keys. */
export function correlationRule(body: string, header = ""): CorrelationRule {
  const [rule] = correlationRules(`name: many\n${header}\ncorrelation:\n  ${body.trim().replaceAll("\n", "\n  ")}`);
  assert.ok(rule);
  return rule;
}

/** A match of `base` at a second of event time; the evidence is the second. */
export function matchAt(seconds: number, attributes: Attributes = {}, ruleId = "base"): CorrelationMatch<number> {
  return { ruleId, timeMs: seconds * 1000, evidence: seconds, field: (name) => attributes[name] };
}
