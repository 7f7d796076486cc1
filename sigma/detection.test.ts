import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attributes } from "#core/attributes.ts";
import { detectionProblems, detectionRule, itemMatches } from "#test/rules/detection-rule.ts";
import { toSigmaRecord } from "./sigma-record.ts";

const matches = (detection: string, attributes: Attributes): boolean =>
  detectionRule(detection).matches(toSigmaRecord(attributes));

test("Sigma 2.1 detection: a map is AND, a list of values is OR, a list of maps is OR", () => {
  const map = "sel:\n  a: 1\n  b: [x, y]\ncondition: sel";
  assert.ok(matches(map, { a: 1, b: "Y" }));
  assert.equal(matches(map, { a: 1, b: "z" }), false);
  const maps = "sel:\n  - a: 1\n  - b: x\ncondition: sel";
  assert.ok(matches(maps, { b: "x" }));
  assert.equal(matches(maps, { a: 2 }), false);
});

test("Sigma 2.1 detection: one selection may mix maps, keywords and nested lists", () => {
  const mixed = "sel:\n  - a: 1\n  - secret\n  - - b: 2\n    - c: 3\ncondition: sel";
  assert.ok(matches(mixed, { a: 1 }));
  assert.ok(matches(mixed, { other: "a SECRET word" }));
  assert.ok(matches(mixed, { c: 3 }));
  assert.equal(matches(mixed, { c: 4 }), false);
});

test("Sigma 2.1 detection: a field twice in one map with other modifiers means both", () => {
  const detection = "sel:\n  f|startswith: ab\n  f|endswith: yz\ncondition: sel";
  assert.ok(matches(detection, { f: "ab..yz" }));
  assert.equal(matches(detection, { f: "ab" }), false);
});

test("Sigma 2.1 strings: case does not count unless cased says so", () => {
  assert.ok(itemMatches("f: DrOp", { f: "dRoP" }));
  assert.equal(itemMatches("f|cased: DrOp", { f: "dRoP" }), false);
  assert.ok(itemMatches("f|contains|cased: rO", { f: "DrOp" }));
  assert.ok(itemMatches("f|cased: D*p", { f: "DrOp" }));
});

test("Sigma 2.1 wildcards: a lone star matches any value, the empty one too, but neither null nor absence", () => {
  assert.ok(itemMatches('f: "*"', { f: "" }));
  assert.equal(itemMatches('f: "*"', { f: null }), false);
  assert.equal(itemMatches('f: "*"', {}), false);
});

test("Sigma 2.1 null and empty: null is absence or null, an empty text is a present empty text", () => {
  assert.ok(itemMatches("f: null", {}));
  assert.ok(itemMatches("f: null", { f: null }));
  assert.equal(itemMatches("f: null", { f: "" }), false);
  assert.ok(itemMatches('f: ""', { f: "" }));
  assert.equal(itemMatches('f: ""', {}), false);
  assert.equal(itemMatches('f: ""', { f: null }), false);
  assert.ok(itemMatches("f: []", {}), "an empty list means null");
});

test("Sigma 2.1 null: in a list of values it is a mistake", () => {
  assert.match(detectionProblems("sel:\n  f: [a, null]\ncondition: sel")[0]?.message ?? "", /null stands alone/);
  assert.match(detectionProblems("sel: [a, null]\ncondition: sel")[0]?.message ?? "", /keyword cannot be null/);
});

test("Sigma 2.1 contains with an empty text asks only for presence, and is warned of", () => {
  assert.ok(itemMatches('f|contains: ""', { f: "x" }));
  assert.equal(itemMatches('f|contains: ""', {}), false);
  assert.equal(detectionProblems('sel:\n  f|contains: ""\ncondition: sel')[0]?.severity, "warning");
});

test("Sigma 2.1 numbers: a number matches the text that spells it, and the reverse", () => {
  assert.ok(itemMatches("f: 4625", { f: "4625" }));
  assert.ok(itemMatches('f: "4625"', { f: 4625 }));
  assert.ok(itemMatches("f: 1", { f: "1.0" }));
  assert.ok(itemMatches("f: 1.5", { f: 1.5 }));
  assert.equal(itemMatches("f: 7", { f: "007" }), false, "leading zeros make an identifier");
  assert.equal(itemMatches("f: 1", { f: true }), false);
  assert.ok(itemMatches("f: true", { f: "TRUE" }));
  assert.equal(itemMatches("f: true", { f: 1 }), false);
  assert.equal(itemMatches("f: 1", { f: "1 " }), false);
});

test("Sigma 2.1 numbers: integers beyond 2^53 are compared exactly", () => {
  assert.ok(itemMatches("f: 9007199254740993", { f: 9_007_199_254_740_993n }));
  assert.ok(itemMatches("f: 9007199254740993", { f: "9007199254740993" }));
  assert.equal(itemMatches("f: 9007199254740993", { f: 9_007_199_254_740_992n }), false);
  assert.ok(itemMatches("f|gt: 9007199254740992", { f: "9007199254740993" }));
});

test("YAML 1.2: no, on and 12:30 in values are texts", () => {
  assert.ok(itemMatches("f: no", { f: "no" }));
  assert.ok(itemMatches("f: on", { f: "on" }));
  assert.ok(itemMatches("f: 12:30", { f: "12:30" }));
});

test("Sigma 2.1 lists in records: any element may match, two items may match different ones", () => {
  assert.ok(itemMatches("f: b", { f: ["a", "b"] }));
  assert.ok(matches("sel:\n  f|startswith: a\n  f|endswith: z\ncondition: sel", { f: ["ab", "yz"] }));
  assert.equal(itemMatches("f: x", { f: [] }), false);
});

test("Sigma 2.1 fields: a dotted name is a literal key first and a path second", () => {
  assert.ok(itemMatches("a.b: 1", { "a.b": 1, a: { b: 2 } }));
  assert.ok(itemMatches("a.b: 2", { a: { b: 2 } }));
  assert.equal(itemMatches("a.toString: x", { a: {} }), false);
});

test("Sigma 2.1 keywords: they stand anywhere in the record, also in numbers, booleans and nested lists", () => {
  const keywords = "keywords: [4711, 'true', nee*le]\ncondition: keywords";
  assert.ok(matches(keywords, { a: { b: [1, [4711]] } }));
  assert.ok(matches(keywords, { a: true }));
  assert.ok(matches(keywords, { a: "hay NEE..LE hay" }));
  assert.equal(matches(keywords, { a: "hay" }), false);
  assert.ok(matches("keywords:\n  '|all': [a, b]\ncondition: keywords", { x: "a", y: "b" }));
  assert.equal(matches("keywords:\n  '|all': [a, b]\ncondition: keywords", { x: "a" }), false);
  assert.ok(matches("keywords:\n  '|re': 'x\\d+y'\ncondition: keywords", { f: "ax12y" }));
});

test("Sigma 2.1 not: it holds for a record that lacks the field", () => {
  assert.ok(matches("sel:\n  f: x\ncondition: not sel", {}));
  assert.ok(matches("sel:\n  f|fieldref: g\ncondition: not sel", { f: "x" }));
});

test("Sigma 2.1 condition lists: one of the conditions suffices", () => {
  const detection = "a:\n  f: 1\nb:\n  f: 2\ncondition: [a, b]";
  assert.ok(matches(detection, { f: 2 }));
  assert.equal(matches(detection, { f: 3 }), false);
});

test("a rule names the fields that it compares", () => {
  const rule = detectionRule("sel:\n  b|contains: x\n  a: 1\nnot_sel:\n  c: 1\ncondition: sel and not not_sel");
  assert.deepEqual(rule.fields, ["a", "b", "c"]);
});
