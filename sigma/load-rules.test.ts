import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleText } from "#test/rules/detection-rule.ts";
import { seededRandom } from "#test/rules/seeded-random.ts";
import { loadRules, type LoadedRules } from "./load-rules.ts";

const load = (...texts: string[]): LoadedRules =>
  loadRules(texts.map((text, index) => ({ path: `rules/${index + 1}.yml`, text })));

/** Problems as `file:line:column message (suggestion)`. */
function problemsOf(...texts: string[]): string[] {
  return load(...texts).problems.map(
    ({ file, line, column, message, suggestion }) =>
      `${file}:${line}:${column} ${message}${suggestion === undefined ? "" : ` (${suggestion})`}`,
  );
}

const rule = (header: string): string => ruleText("sel:\n  f: x\ncondition: sel", header);

const correlation = (body: string): string =>
  `title: Many\ncorrelation:\n  type: event_count\n  rules: base\n  timespan: 5m\n  condition: { gte: 5 }\n${body}`;

test("one file holds several documents, and a bad one does not stop the others", () => {
  const { rules, problems } = load(
    [rule("name: one"), "title: [broken", rule("name: two"), "just text", "", rule("name: three")].join("\n---\n"),
  );
  assert.deepEqual(
    rules.map(({ name }) => name),
    ["one", "two", "three"],
  );
  assert.equal(problems.length, 2);
});

test("a rule carries what it says about itself, and defaults for what it does not say", () => {
  const { rules } = load(
    rule(
      "id: 4D3B1F5C-26CB-4F0C-9A3F-0C9E8E1A7B11\nname: a.b\nlevel: high\ntags: [attack.t1110]\nfalsepositives: [x]\n" +
        "custom_field: kept out\ntidewatch: { category: auth, response: [lock], dedup: { by: [f], for: 10m } }",
    ),
    rule(""),
  );
  assert.equal(rules[0]?.id, "4d3b1f5c-26cb-4f0c-9a3f-0c9e8e1a7b11");
  assert.equal(rules[0].name, "a.b");
  assert.equal(rules[0].level, "high");
  assert.deepEqual(rules[0].logsource, { category: undefined, product: "tidb", service: undefined });
  assert.deepEqual(rules[0].custom.dedup, { by: ["f"], for: 600_000 });
  assert.deepEqual(rules[0].custom.requires, []);
  assert.equal(rules[1]?.id, "Under test");
  assert.equal(rules[1].level, "medium");
});

test("mistakes in the header are reported at their place, with the nearest valid name", () => {
  assert.deepEqual(problemsOf(rule("level: hihg")), [
    'rules/1.yml:3:8 level: expected one of informational, low, medium, high, critical, got "hihg" (high)',
  ]);
  assert.deepEqual(problemsOf(rule("tidewatch: { dedup: { bye: [f] } }")), [
    'rules/1.yml:3:23 tidewatch.dedup.bye: unknown key "bye"; valid keys: by, for (by)',
  ]);
  assert.match(problemsOf(rule("tidewatch: { dedup: { for: soon } }"))[0] ?? "", /^rules\/1.yml:3:28 .*time span/);
  assert.match(problemsOf(rule("tags: [Attack.T1110]"))[0] ?? "", /^rules\/1.yml:3:8 .*expected a tag/);
  assert.match(problemsOf("title: x\ndetection: { condition: a }")[0] ?? "", /logsource/);
  assert.match(problemsOf("title: x\nlogsource: {}\ndetection: { condition: a }")[0] ?? "", /needs category, product/);
  assert.match(problemsOf(rule("id: not-a-uuid"))[0] ?? "", /^rules\/1.yml:3:5 id:/);
});

test("mistakes in the detection are reported at the line of the item or the condition", () => {
  assert.deepEqual(problemsOf(ruleText("sel:\n  f|contain: x\ncondition: sel")), [
    'rules/1.yml:6:5 unknown modifier "contain" (contains)',
  ]);
  assert.deepEqual(problemsOf(ruleText("selection:\n  f: x\ncondition: selektion")), [
    'rules/1.yml:7:14 unknown selection "selektion" (selection)',
  ]);
  assert.match(problemsOf(ruleText("sel:\n  f: x"))[0] ?? "", /detection has no condition/);
  assert.match(problemsOf(ruleText("sel:\n  f: x\ncondition: []"))[0] ?? "", /detection has no condition/);
  assert.match(problemsOf(ruleText("sel:\n  f: { a: b }\ncondition: sel"))[0] ?? "", /value of a field/);
  assert.match(problemsOf(ruleText("sel: {}\ncondition: sel"))[0] ?? "", /at least one item/);
  assert.match(problemsOf(ruleText("sel: []\ncondition: sel"))[0] ?? "", /at least one member/);
});

test("a selection that the condition does not use is warned of, one with _ is not", () => {
  const { rules, problems } = load(ruleText("sel:\n  f: x\nother:\n  f: y\n_part:\n  f: z\ncondition: sel"));
  assert.equal(rules.length, 1);
  assert.deepEqual(
    problems.map(({ severity, message }) => [severity, message]),
    [["warning", 'selection "other" is not used by the condition']],
  );
});

test("a key that stands twice in a map is a mistake", () => {
  assert.match(problemsOf(ruleText("sel:\n  f: x\n  f: y\ncondition: sel"))[0] ?? "", /^rules\/1.yml:7:5 .*unique/);
});

test("ids and names are unique over all files; the later rule is left out", () => {
  assert.deepEqual(problemsOf(rule("name: same"), rule("name: same")), [
    'rules/2.yml:3:7 name "same" is taken by the rule in rules/1.yml, line 1',
  ]);
  const id = "id: 4d3b1f5c-26cb-4f0c-9a3f-0c9e8e1a7b11";
  assert.match(problemsOf(rule(id), rule(id.toUpperCase().replace("ID", "id")))[0] ?? "", /is taken by the rule/);
});

test("rules that are deprecated or unsupported are left out with a word", () => {
  const { rules, problems } = load(rule("status: deprecated"));
  assert.equal(rules.length, 0);
  assert.equal(problems[0]?.severity, "warning");
});

test("documents of a kind that is not supported are refused where they say so", () => {
  assert.deepEqual(problemsOf("title: x\nfilter: { rules: any }"), [
    'rules/1.yml:2:1 documents with "filter" are not supported',
  ]);
  assert.deepEqual(problemsOf("action: global"), ['rules/1.yml:1:1 documents with "action" are not supported']);
});

test("a correlation finds its rules by name or id, in other files and further down", () => {
  const { rules, correlations, problems } = load(correlation(""), rule("name: base"));
  assert.deepEqual(problems, []);
  assert.deepEqual(correlations[0]?.ruleIds, ["base"]);
  assert.equal(rules[0]?.alerts, false, "a rule that feeds a correlation does not alert by itself");
});

test("a rule that several correlations use alerts when one of them says generate", () => {
  const generating = correlation("  generate: true").replace("title: Many", "title: Second");
  assert.equal(load(rule("name: base"), correlation(""), generating).rules[0]?.alerts, true);
});

test("rules of a correlation with a mistake do not begin to alert by themselves", () => {
  const broken = correlation("").replace("event_count", "value_avg");
  assert.equal(load(rule("name: base"), broken).rules[0]?.alerts, false);
});

test("mistakes in a correlation are reported at their place", () => {
  const base = rule("name: base");
  const withBody = (from: string, to: string): string[] => problemsOf(base, correlation("").replace(from, to));
  assert.deepEqual(withBody("rules: base", "rules: bases"), [
    'rules/2.yml:4:10 "bases" is not the name or id of a loaded rule (base)',
  ]);
  assert.match(withBody("event_count", "value_avg")[0] ?? "", /:3:3 correlation type "value_avg" is not supported$/);
  assert.match(withBody("event_count", "event_cuont")[0] ?? "", /is unknown \(event_count\)$/);
  assert.match(withBody("event_count", "value_count")[0] ?? "", /needs a field/);
  assert.match(withBody("gte: 5", "lte: 5")[0] ?? "", /"lte" is not supported; use gte or gt/);
  assert.match(withBody("gte: 5", "gte: 5, lt: 9")[0] ?? "", /needs one of gte and gt/);
  assert.match(withBody("gte: 5", "gte: 0")[0] ?? "", /1 to 10000/);
  assert.match(withBody("gte: 5", "gte: many")[0] ?? "", /1 to 10000/);
  assert.match(withBody("gte: 5", "gte: 5, field: f")[0] ?? "", /counts no field/);
  assert.match(withBody("timespan: 5m", "timespan: 5 minutes")[0] ?? "", /:5:13 .*time span/);
  assert.match(problemsOf(base, correlation("  group_by: [f]"))[0] ?? "", /\(group-by\)$/);
  assert.match(
    problemsOf(base, correlation("  group-by: ip\n  aliases: { ip: { bese: f } }"))[0] ?? "",
    /"bese" is not among the rules of this correlation \(base\)$/,
  );
  assert.match(problemsOf(base, correlation("  aliases: { ip: { base: f } }"))[0] ?? "", /not used in group-by/);
});

test("a correlation may refer to correlations, whatever their order, and those alert only if it says so", () => {
  const inner = correlation("  group-by: [f]").replace("title: Many", "title: Inner\nname: inner");
  const outer = (generate: boolean): string =>
    `title: Outer\ncorrelation:\n  type: temporal\n  rules: [inner, base]\n  timespan: 5m\n  generate: ${generate}`;
  const alerting = (text: string): string[] =>
    load(text, inner, rule("name: base"))
      .correlations.filter(({ alerts }) => alerts)
      .map(({ title }) => title);
  assert.deepEqual(alerting(outer(false)), ["Outer"]);
  assert.deepEqual(alerting(outer(true)), ["Inner", "Outer"]);
});

test("correlations that refer to each other in a circle, or to a faulty one, are refused", () => {
  const named = (name: string, rules: string): string =>
    `title: ${name}\nname: ${name}\ncorrelation: { type: temporal, rules: [${rules}], timespan: 5m }`;
  assert.match(problemsOf(named("a", "b"), named("b", "a"))[0] ?? "", /"b" is not the name or id of a loaded rule/);
  assert.match(problemsOf(named("a", "a"))[0] ?? "", /"a" is not the name or id of a loaded rule/);
  const faulty = correlation("").replace("title: Many", "title: x\nname: x").replace("gte: 5", "lte: 5");
  assert.equal(problemsOf(rule("name: base"), faulty, named("b", "x, base")).length, 2);
});

test("aliases that unfold, nesting without end and a huge file are refused in little time", () => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 12; i++)
    bomb.push(`b${i}: &b${i} [${Array.from({ length: 10 }, () => `*${i === 1 ? "a" : `b${i - 1}`}`).join()}]`);
  const startedMs = performance.now();
  assert.match(problemsOf(bomb.join("\n"))[0] ?? "", /more than 200000 values/);
  assert.equal(problemsOf("[".repeat(5000)).length, 1);
  assert.equal(problemsOf("a: ".repeat(5000)).length, 1);
  assert.match(problemsOf("#".repeat(4_000_001))[0] ?? "", /longer than/);
  assert.ok(performance.now() - startedMs < 5000);
});

test("keys like __proto__ are names and nothing more", () => {
  assert.equal(problemsOf(ruleText("__proto__:\n  f: x\ncondition: __proto__")).length, 0);
});

test("random garbage never throws; it only reports problems", () => {
  const random = seededRandom(23);
  const valid = rule("name: base\ntags: [attack.t1110]") + "\n---\n" + correlation("  group-by: [f]");
  const pieces = [
    "\n",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "|",
    "*",
    "&a",
    "*a",
    "'",
    '"',
    "\t",
    "---\n",
    "😀",
    "null",
    "1e999",
  ];
  for (let round = 0; round < 3000; round++) {
    let text = valid;
    for (let edit = random.below(6); edit >= 0; edit--) {
      const at = random.below(text.length + 1);
      text = text.slice(0, at) + random.pick(pieces) + text.slice(at + random.below(12));
    }
    const { problems } = load(text);
    for (const { line, column, message } of problems) {
      assert.ok(line >= 1 && column >= 1 && message.length > 0, text);
    }
  }
});
