import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttributeValue } from "#core/attributes.ts";
import { detectionRule, ruleText } from "#test/rules/detection-rule.ts";
import { seededRandom, type SeededRandom } from "#test/rules/seeded-random.ts";
import { foldCase } from "./case-folding.ts";
import { loadRules } from "./load-rules.ts";
import { leafTexts, toSigmaRecord } from "./sigma-record.ts";
import { staticCost } from "./witness-cost.ts";
import type { Witness } from "./witness.ts";

const witnessOf = (item: string): Witness | undefined => detectionRule(`sel:\n  ${item}\ncondition: sel`).witness;

test("an AND takes the literal that is cheapest, an OR takes all of them", () => {
  const and = detectionRule("sel:\n  f: abc\n  g|contains: a much longer text\ncondition: sel");
  assert.deepEqual(and.witness, [{ field: "g", literal: "a much longer text" }]);
  assert.deepEqual(witnessOf("f|contains: [abc, DEF, abc]"), [
    { field: "f", literal: "abc" },
    { field: "f", literal: "def" },
  ]);
});

test("a measured cost overrules the length of literals", () => {
  const text = ruleText("sel:\n  body: a common sentence\n  user: eve\ncondition: sel");
  const { rules } = loadRules([{ path: "rule.yml", text }], {
    cost: (atom) => (atom.field === "body" ? 1000 : staticCost(atom)),
  });
  assert.deepEqual(rules[0]?.witness, [{ field: "user", literal: "eve" }]);
});

test("without a measured cost, words of every statement lose against rarer ones, and any field against one", () => {
  const text = "f|re: 'union\\s+select'";
  assert.deepEqual(witnessOf(text), [{ field: "f", literal: "union" }]);
  const mixed = detectionRule("sel:\n  f: abcdef\nkeywords: [uvwxyz]\ncondition: sel and keywords");
  assert.deepEqual(mixed.witness, [{ field: "f", literal: "abcdef" }]);
});

test("keywords have a witness that may stand in any text", () => {
  assert.deepEqual(detectionRule("sel: [Sqlmap]\ncondition: sel").witness, [{ field: undefined, literal: "sqlmap" }]);
});

test("of a wildcard the longest literal between the wildcards is taken, of non-ASCII text its ASCII part", () => {
  assert.deepEqual(witnessOf("f: ab*drop table*x"), [{ field: "f", literal: "drop table" }]);
  assert.deepEqual(witnessOf("f: ключ=secret"), [{ field: "f", literal: "=secret" }]);
});

test("a regular expression gives the literals that no match lacks, of alternatives one of each", () => {
  assert.deepEqual(witnessOf(String.raw`f|re: 'drop\s+tables'`), [{ field: "f", literal: "tables" }]);
  assert.deepEqual(witnessOf("f|re: 'abcd?(xyz)*longer{2}[a-z]e'"), [{ field: "f", literal: "longe" }]);
  assert.deepEqual(witnessOf("f|re: abc|def"), [
    { field: "f", literal: "abc" },
    { field: "f", literal: "def" },
  ]);
  assert.deepEqual(witnessOf(String.raw`f|re: '\b(sleep|bench(mark)?)\s*\('`), [
    { field: "f", literal: "sleep" },
    { field: "f", literal: "bench" },
  ]);
  assert.deepEqual(witnessOf("f|re: (sleep|or).*tables"), [{ field: "f", literal: "tables" }]);
});

test("true and false are looked for as they print, when there is nothing rarer", () => {
  assert.deepEqual(witnessOf("f: true"), [{ field: "f", literal: "true" }]);
  assert.deepEqual(detectionRule("sel:\n  f: false\n  g: abc\ncondition: sel").witness, [
    { field: "g", literal: "abc" },
  ]);
});

test("a rule without a literal that must be there has no witness", () => {
  for (const item of [
    "f: ab",
    "f: null",
    "f|exists: true",
    "f: ключ",
    "f: 4711",
    "f|gte: 4711",
    "f|neq: abcdef",
    "f|contains: [abcdef, x]",
    "f|re: abc|d.f",
    "f|re: (abc)?",
    "f|fieldref: g",
    "f|cidr: 10.0.0.0/8",
  ]) {
    assert.equal(witnessOf(item), undefined, item);
  }
  assert.equal(detectionRule("sel:\n  f: abcdef\ncondition: not sel").witness, undefined);
  assert.ok(detectionRule("sel:\n  f: abcdef\nno:\n  g: x\ncondition: sel and not no").witness);
});

test("whenever a random rule matches a random record, one of the rule's witness literals stands in it", () => {
  const random = seededRandom(42);
  let matches = 0;
  let witnesses = 0;
  for (let round = 0; round < 4000; round++) {
    const detection = randomDetection(random);
    const { rules } = loadRules([{ path: "random.yml", text: ruleText(detection) }]);
    const [rule] = rules;
    assert.ok(rule, detection);
    if (rule.witness === undefined) continue;
    witnesses++;
    for (let attempt = 0; attempt < 20; attempt++) {
      const attributes = { f: randomValue(random), g: randomValue(random) };
      if (!rule.matches(toSigmaRecord(attributes))) continue;
      matches++;
      const found = rule.witness.some(({ field, literal }) => {
        const values = field === undefined ? Object.values(attributes) : [attributes[field as "f" | "g"]];
        return values.some((value) => [...leafTexts(value)].some((text) => foldCase(text).includes(literal)));
      });
      assert.ok(found, `${detection}\n${JSON.stringify(attributes)}\n${JSON.stringify(rule.witness)}`);
    }
  }
  assert.ok(witnesses > 500 && matches > 500, `the test must see matches: ${witnesses} ${matches}`);
});

/** Few letters, among them those that fold into ASCII, so that matches are frequent. */
const LETTERS = "kKsS\u212a\u017f";

function randomDetection(random: SeededRandom): string {
  const items = ["a", "b", "c"].map((name) => {
    if (random.below(8) === 0) return `${name}:\n  ${random.pick(["f", "g"])}: ${random.pick(["true", "false"])}`;
    const modifier = random.pick([
      "",
      "|contains",
      "|startswith",
      "|endswith",
      "|cased",
      "|contains|all",
      "|re|i",
      "|neq",
    ]);
    const wild = modifier.startsWith("|re")
      ? [".*", "k?", "(s|k)", "[ks]", "s+", "|", "(sks|K+|kks)", "(?:sk|ks)?"]
      : ["*", "?", String.raw`\*`];
    const value = (): string =>
      random.text(LETTERS, 1 + random.below(3)) + random.pick(["", ...wild]) + random.text(LETTERS, random.below(4));
    const values = Array.from({ length: 1 + random.below(2) }, () => JSON.stringify(value()));
    return `${name}:\n  ${random.pick(["f", "g"])}${modifier}: [${values.join()}]`;
  });
  return `${items.join("\n")}\ncondition: ${random.pick(["a and b", "a or b and c", "a and not b", "1 of them", "(a or b) and c"])}`;
}

function randomValue(random: SeededRandom): AttributeValue {
  if (random.below(8) === 0) return random.pick<AttributeValue>([true, false, "True"]);
  const text = random.text(`${LETTERS}*`, random.below(9));
  return random.below(4) === 0 ? [text, [random.text(LETTERS, 5)]] : text;
}
