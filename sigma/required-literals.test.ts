import assert from "node:assert/strict";
import { test } from "node:test";
import { RE2JS } from "re2js";
import { seededRandom, type SeededRandom } from "#test/rules/seeded-random.ts";
import type { Requirement } from "./field-test.ts";
import { requiredLiterals } from "./required-literals.ts";

test("only what stands in every match is required", () => {
  const cases: [pattern: string, literals: Requirement[]][] = [
    ["abc", ["abc"]],
    ["^abc$", ["abc"]],
    ["ab*c", ["a", "c"]],
    ["ab+c", ["ab", "c"]],
    ["ab+?c", ["ab", "c"]],
    ["ab{2,3}c", ["a", "c"]],
    ["ab{2}?c", ["a", "c"]],
    ["ab{,2}c", ["ab", ",2}c"]],
    [String.raw`a\.b\dc`, ["a.b", "c"]],
    ["a[b-d]e", ["a", "e"]],
    ["a[]b]e", ["a", "e"]],
    ["a[^]b]e", ["a", "e"]],
    ["a[[:alpha:]]e", ["a", "e"]],
    [String.raw`a[\]]e`, ["a", "e"]],
    ["a\u{1f600}?b", ["a", "b"]],
    [String.raw`\Qa|b\E`, []],
    [String.raw`a\x41b`, []],
  ];
  for (const [pattern, literals] of cases) assert.deepEqual(requiredLiterals(pattern), literals, pattern);
});

test("a group belongs to the text around it, unless it may be left out", () => {
  const cases: [pattern: string, literals: Requirement[]][] = [
    ["a(bc)d", ["abcd"]],
    ["a(b(?:c)d)e", ["abcde"]],
    ["a(?P<name>b)c(?<other>d)", ["abcd"]],
    ["(?i)a(?s-i:b)c", ["abc"]],
    ["a(bc)?d", ["a", "d"]],
    ["a(bc)*d", ["a", "d"]],
    ["a(bc){2}d", ["a", "d"]],
    ["a(bc)+d", ["abc", "d"]],
    [String.raw`a(b[)]c\))d`, ["ab", "c)d"]],
  ];
  for (const [pattern, literals] of cases) assert.deepEqual(requiredLiterals(pattern), literals, pattern);
});

test("of alternatives one is required, when each of them requires something", () => {
  const cases: [pattern: string, literals: Requirement[]][] = [
    ["abc|def", [{ any: ["abc", "def"] }]],
    ["a(b|c)d", ["a", { any: ["b", "c"] }, "d"]],
    ["a(b.c|d)+e", ["a", { any: [{ all: ["b", "c"] }, "d"] }, "e"]],
    ["a(b(c|d)|e)", ["a", { any: [{ all: ["b", { any: ["c", "d"] }] }, "e"] }]],
    ["a(b|)c", ["a", "c"]],
    ["a(b|c?)d", ["a", "d"]],
    ["a(b|c)?d", ["a", "d"]],
    ["a|.*", []],
    ["ab{c|d}", [{ any: [{ all: ["ab", "c"] }, "d}"] }]],
    ["ab{2|d}", [{ any: [{ all: ["ab", "2"] }, "d}"] }]],
  ];
  for (const [pattern, literals] of cases) assert.deepEqual(requiredLiterals(pattern), literals, pattern);
});

test("an expression that is cut off, or looks behind, requires nothing", () => {
  for (const pattern of ["a(b", "a)b", "a[b", "a\\", "a(?b)", "a(?<=b)c", "a(?<!b)c", "a(?P<b"])
    assert.deepEqual(requiredLiterals(pattern), [], pattern);
});

test("a text that a random expression was made to match has what the expression requires", () => {
  const random = seededRandom(9);
  let texts = 0;
  let withSets = 0;
  for (let round = 0; round < 3000; round++) {
    const { pattern, sample } = randomExpression(random, 3);
    const compiled = RE2JS.compile(pattern);
    const required = requiredLiterals(pattern);
    if (required.some((one) => typeof one !== "string")) withSets++;
    for (let attempt = 0; attempt < 5; attempt++) {
      const text = random.text("ab.", random.below(3)) + sample() + random.text("ab.", random.below(3));
      // Anchors in the middle, mostly.
      if (!compiled.test(text)) continue;
      texts++;
      assert.ok(isThere({ all: required }, text), `${pattern} ${text} ${JSON.stringify(required)}`);
    }
  }
  assert.ok(texts > 8000 && withSets > 200, `the test must see matches: ${texts} ${withSets}`);
});

function isThere(required: Requirement, text: string): boolean {
  if (typeof required === "string") return text.includes(required);
  if ("all" in required) return required.all.every((one) => isThere(one, text));
  return required.any.some((one) => isThere(one, text));
}

interface Expression {
  readonly pattern: string;
  /** A text that matches, as long as no anchor of the pattern is in its way. */
  sample(): string;
}

function randomExpression(random: SeededRandom, depth: number): Expression {
  const branches = Array.from({ length: random.pick([1, 1, 2, 3]) }, () =>
    Array.from({ length: random.pick([0, 1, 2, 3, 3, 4]) }, () => quantified(random, randomAtom(random, depth))),
  );
  return {
    pattern: branches.map((branch) => branch.map(({ pattern }) => pattern).join("")).join("|"),
    sample: () =>
      random
        .pick(branches)
        .map(({ sample }) => sample())
        .join(""),
  };
}

function randomAtom(random: SeededRandom, depth: number): Expression {
  if (depth > 0 && random.below(3) === 0) {
    const { pattern, sample } = randomExpression(random, depth - 1);
    return { pattern: `${random.pick(["(", "(?:", "(?P<n>", "(?s:"]).replace("n", `n${names++}`)}${pattern})`, sample };
  }
  const [pattern = "", ...matches] = random.pick([
    ["a", "a"],
    ["b", "b"],
    ["ab", "ab"],
    ["ba", "ba"],
    [".", "a", "b", "c"],
    ["[ab]", "a", "b"],
    ["[^a]", "b", "."],
    [String.raw`\w`, "a", "b"],
    [String.raw`\.`, "."],
    ["{", "{"],
    ["}", "}"],
    ["$", ""],
    [String.raw`\b`, ""],
  ]);
  return { pattern, sample: () => random.pick(matches) };
}

let names = 0;

function quantified(random: SeededRandom, { pattern, sample }: Expression): Expression {
  const [quantifier, least, most] = random.pick([
    ["", 1, 1],
    ["", 1, 1],
    ["", 1, 1],
    ["", 1, 1],
    ["", 1, 1],
    ["", 1, 1],
    ["*", 0, 2],
    ["+", 1, 2],
    ["?", 0, 1],
    ["{0,2}", 0, 2],
    ["{2}", 2, 2],
    ["*?", 0, 2],
  ] as const);
  // Two letters are two atoms; RE2 repeats neither an anchor nor a brace that might open a repetition.
  if (pattern === "ab" || pattern === "ba" || pattern === "$" || pattern === String.raw`\b` || pattern === "{")
    return { pattern, sample };
  return {
    pattern: pattern + quantifier,
    sample: () => Array.from({ length: least + random.below(most - least + 1) }, sample).join(""),
  };
}
