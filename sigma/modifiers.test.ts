import assert from "node:assert/strict";
import { test } from "node:test";
import { detectionProblems, itemMatches } from "#test/rules/detection-rule.ts";
import { MODIFIERS } from "./modifiers.ts";

const problemOf = (item: string): string =>
  detectionProblems(`sel:\n  ${item}\ncondition: sel`).find(({ severity }) => severity === "error")?.message ?? "";

test("Sigma 2.1 modifiers contains, startswith, endswith open the value and keep its wildcards", () => {
  assert.ok(itemMatches("f|contains: b*d", { f: "abcde" }));
  assert.ok(itemMatches("f|startswith: ab", { f: "ABC" }));
  assert.equal(itemMatches("f|startswith: b", { f: "abc" }), false);
  assert.ok(itemMatches("f|endswith: b?", { f: "abc" }));
  assert.ok(itemMatches("f|contains: '*abc*'", { f: "xabcx" }));
  assert.ok(itemMatches("f|contains: 25", { f: 4250 }));
  assert.match(problemOf("f|contains: null"), /null stands only for itself/);
});

test("Sigma 2.1 modifier all: every value must match, and with one value it is warned of", () => {
  assert.ok(itemMatches("f|contains|all: [a, b]", { f: "b a" }));
  assert.equal(itemMatches("f|contains|all: [a, b]", { f: "a" }), false);
  assert.ok(itemMatches("f|re|all: ['^a', 'b$']", { f: "ab" }));
  const [warning] = detectionProblems("sel:\n  f|contains|all: a\ncondition: sel");
  assert.equal(warning?.severity, "warning");
});

test("Sigma 2.1 modifier exists: presence alone counts, of null and of an empty text too", () => {
  assert.ok(itemMatches("f|exists: true", { f: null }));
  assert.ok(itemMatches("f|exists: true", { f: "" }));
  assert.equal(itemMatches("f|exists: true", {}), false);
  assert.ok(itemMatches("f|exists: false", {}));
  assert.match(problemOf("f|exists: maybe"), /true or false/);
  assert.match(problemOf("f|exists|cased: true"), /does not go with/);
});

test("Sigma 2.1 modifier neq: with a list it means none of them, and absence matches", () => {
  assert.ok(itemMatches("f|neq: [a, b]", { f: "c" }));
  assert.equal(itemMatches("f|neq: [a, b]", { f: "b" }), false);
  assert.ok(itemMatches("f|neq: a", {}));
  assert.ok(itemMatches("f|fieldref|neq: g", { f: "a", g: "b" }));
  assert.equal(itemMatches("f|contains|neq: a", { f: "abc" }), false);
});

test("Sigma 2.1 modifier re: unanchored, minds case unless i, without Sigma's escapes", () => {
  assert.ok(itemMatches(String.raw`f|re: 'b\d+'`, { f: "ab12c" }));
  assert.equal(itemMatches("f|re: B", { f: "abc" }), false);
  assert.ok(itemMatches("f|re|i: B", { f: "abc" }));
  assert.ok(itemMatches(String.raw`f|re: 'a\*'`, { f: "a*" }));
  assert.equal(itemMatches(String.raw`f|re: 'a\*'`, { f: "ab" }), false);
});

test("Sigma 2.1 modifiers m and s: line anchors, and a dot that takes newlines", () => {
  assert.equal(itemMatches("f|re: '^b'", { f: "a\nb" }), false);
  assert.ok(itemMatches("f|re|m: '^b'", { f: "a\nb" }));
  assert.equal(itemMatches("f|re: a.b", { f: "a\nb" }), false);
  assert.ok(itemMatches("f|re|s: a.b", { f: "a\nb" }));
});

test("Sigma 2.1 modifier re: what RE2 cannot do in linear time is a problem, not a silent rule", () => {
  for (const pattern of ["(?=a)b", String.raw`(a)\1`, "(", "((a{1000}){1000}){1000}"]) {
    assert.match(problemOf(`f|re: '${pattern}'`), /not a regular expression of the RE2 syntax/, pattern);
  }
});

test("a regular expression that stops a backtracking engine takes no time", () => {
  const startedMs = performance.now();
  assert.equal(itemMatches(String.raw`f|re: '^(\w+\s*)+;$'`, { f: `${"a".repeat(5000)}!` }), false);
  assert.ok(performance.now() - startedMs < 2000);
});

test("Sigma 2.1 modifiers lt, lte, gt, gte: numbers and texts that spell them, nothing else", () => {
  assert.ok(itemMatches("f|gte: 10", { f: "10" }));
  assert.ok(itemMatches("f|gt: 9.5", { f: 10n }));
  assert.equal(itemMatches("f|lt: 10", { f: 10 }), false);
  assert.ok(itemMatches("f|lte: 10", { f: 10 }));
  assert.equal(itemMatches("f|lt: 10", { f: "many" }), false);
  assert.equal(itemMatches("f|lt: 10", {}), false);
  assert.equal(itemMatches("f|lt: 10", { f: Number.NaN }), false);
  assert.match(problemOf("f|gt: many"), /expected a number/);
});

test("Sigma 2.1 modifier cidr: v4, v6, and IPv4-mapped addresses as what they are", () => {
  assert.ok(itemMatches("f|cidr: 10.0.0.0/8", { f: "10.1.2.3" }));
  assert.ok(itemMatches("f|cidr: 10.0.0.0/8", { f: "::ffff:10.1.2.3" }));
  assert.ok(itemMatches("f|cidr: 2001:db8::/32", { f: "2001:db8::1%eth0" }));
  assert.equal(itemMatches("f|cidr: 10.0.0.0/8", { f: "10.1.2.3:4000" }), false);
  assert.match(problemOf("f|cidr: 192.168.1.1/24"), /host bits/);
});

test("Sigma 2.1 modifier fieldref: compares with another field, and absence matches nothing", () => {
  assert.ok(itemMatches("f|fieldref: g", { f: "Root", g: "root" }));
  assert.equal(itemMatches("f|fieldref|cased: g", { f: "Root", g: "root" }), false);
  assert.ok(itemMatches("f|fieldref|startswith: g", { f: "rooted", g: "root" }));
  assert.ok(itemMatches("f|fieldref: g", { f: "a", g: ["b", "a"] }));
  assert.equal(itemMatches("f|fieldref: g", { f: "a" }), false);
  assert.equal(itemMatches("f|fieldref: g", {}), false);
  assert.match(problemOf("f|fieldref: 3"), /field name/);
});

test("modifiers that do not go together, stand twice or in the wrong place are problems", () => {
  assert.match(problemOf("f|contains|startswith: a"), /does not go with/);
  assert.match(problemOf("f|all|all: [a, b]"), /stands twice/);
  assert.match(problemOf("f|cased|re: a"), /first modifier/);
  assert.match(problemOf("f|contains|i: a"), /only behind re/);
  assert.match(problemOf("f|re|cased: a"), /minds case already/);
  assert.match(problemOf("'|cidr': 10.0.0.0/8"), /needs a field/);
});

test("every modifier of Sigma 2.1 that is not supported is refused by name", () => {
  const unsupported = [...MODIFIERS].filter(([, { role }]) => role === "unsupported");
  assert.ok(unsupported.length > 0);
  for (const [name] of unsupported) assert.match(problemOf(`f|${name}: a`), /is not supported/, name);
});

test("an unknown modifier is refused with the nearest known one", () => {
  const [problem] = detectionProblems("sel:\n  f|containz: a\ncondition: sel");
  assert.equal(problem?.message, 'unknown modifier "containz"');
  assert.equal(problem.suggestion, "contains");
});
