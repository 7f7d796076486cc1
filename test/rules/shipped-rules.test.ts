import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { CompiledRule } from "#sigma/compiled-rule.ts";
import type { CorrelationRule } from "#sigma/correlation-rule.ts";
import { loadRules } from "#sigma/load-rules.ts";
import { exampleLines, type RuleExample } from "#sigma/rule-examples.ts";
import { detectionPipeline } from "./detection-pipeline.ts";

const folder = `${import.meta.dirname}/../../config/rules`;
const files = globSync("**/*.yml", { cwd: folder }).sort();
const loaded = loadRules(files.map((path) => ({ path, text: readFileSync(`${folder}/${path}`, "utf8") })));
const feeding = new Map(loaded.rules.map((rule) => [rule.id, rule]));
const alerting = [
  ...loaded.rules.filter(({ alerts, level }) => alerts && level !== "informational"),
  ...loaded.correlations,
];

/** The file in which lines of a log source stand, by the service that the rule, or the first that feeds it, names. */
const LOG_FILES: Readonly<Record<string, string>> = { slow: "tidb-slow.log", pd: "pd.log", tiproxy: "tiproxy.log" };

function fileOf(rule: CompiledRule | CorrelationRule, lines: readonly string[]): string {
  if (lines[0]?.startsWith("# Time:") === true) return "tidb-slow.log";
  const source =
    "logsource" in rule ? rule : rule.ruleIds.map((id) => feeding.get(id)).find((one) => one !== undefined);
  return LOG_FILES[source?.logsource.service ?? ""] ?? "tidb.log";
}

/** Whether a rule raises an alert on the raw lines of an example, read as the shipped pipeline reads them. */
async function fires(rule: CompiledRule | CorrelationRule, example: RuleExample): Promise<boolean> {
  const lines = exampleLines(example);
  const alerts = await detectionPipeline(loaded, fileOf(rule, lines)).read(lines);
  return alerts.some(({ ruleId }) => ruleId === rule.id);
}

test("the shipped rules load without a mistake or a warning", () => {
  assert.deepEqual(loaded.problems, []);
  assert.ok(alerting.length >= 60, `${alerting.length} rules`);
});

test("every shipped rule has a literal to look for, so that none is asked about every record", () => {
  assert.deepEqual(
    loaded.rules.filter(({ witness }) => witness === undefined).map(({ name }) => name),
    [],
  );
});

test("every shipped rule that alerts names its area, its technique and what it confuses", () => {
  for (const { name, tags, falsepositives, custom, description } of alerting) {
    const [area = ""] = name.split(".");
    assert.equal(custom.category, area, name);
    assert.ok(tags.includes(`tidewatch.${area}`), name);
    assert.ok(
      tags.some((tag) => tag.startsWith("attack.t1")),
      name,
    );
    assert.ok(description.length > 0 && falsepositives.length > 0 && custom.requires.length > 0, name);
  }
});

test("every shipped rule that alerts has at least two examples of each kind", () => {
  for (const { name, custom } of alerting) {
    assert.ok((custom.tests?.match.length ?? 0) >= 2, name);
    assert.ok((custom.tests?.no_match.length ?? 0) >= 2, name);
  }
});

for (const rule of alerting) {
  test(`${rule.name} fires on its examples and stays silent on the others`, async () => {
    for (const [index, example] of (rule.custom.tests?.match ?? []).entries()) {
      assert.ok(await fires(rule, example), `match ${index + 1} of ${rule.file}, line ${rule.line}`);
    }
    for (const [index, example] of (rule.custom.tests?.no_match ?? []).entries()) {
      assert.equal(await fires(rule, example), false, `no_match ${index + 1} of ${rule.file}, line ${rule.line}`);
    }
  });
}
