import assert from "node:assert/strict";
import type { Attributes } from "#core/attributes.ts";
import type { CorrelationRule } from "#sigma/correlation-rule.ts";
import type { CorrelationMatch } from "#sigma/correlator.ts";
import { loadRules } from "#sigma/load-rules.ts";
import { ruleText } from "./detection-rule.ts";

/** A correlation over the rules `base` and `other`, from the YAML of its body and of its other keys. */
export function correlationRule(body: string, header = ""): CorrelationRule {
  const base = ["base", "other"].map((name) => ruleText("sel:\n  f: x\ncondition: sel", `name: ${name}`));
  const text = `title: Under test\nname: many\n${header}\ncorrelation:\n  ${body.trim().replaceAll("\n", "\n  ")}\n`;
  const { correlations, problems } = loadRules([{ path: "rules.yml", text: [...base, text].join("\n---\n") }]);
  assert.deepEqual(problems, []);
  assert.ok(correlations[0]);
  return correlations[0];
}

/** A match of `base` at a second of event time; the evidence is the second. */
export function matchAt(seconds: number, attributes: Attributes = {}, ruleId = "base"): CorrelationMatch<number> {
  return { ruleId, timeMs: seconds * 1000, evidence: seconds, field: (name) => attributes[name] };
}
