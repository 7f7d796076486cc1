import assert from "node:assert/strict";
import { test } from "node:test";
import { RE2JS } from "re2js";
import { seededRandom } from "#test/rules/seeded-random.ts";
import { requiredLiterals } from "./required-literals.ts";

test("only what stands in every match is required", () => {
  const cases: [pattern: string, literals: string[]][] = [
    ["abc", ["abc"]],
    ["^abc$", ["abc"]],
    ["ab*c", ["a", "c"]],
    ["ab+c", ["ab", "c"]],
    ["ab+?c", ["ab", "c"]],
    ["ab{2,3}c", ["a", "c"]],
    [String.raw`a\.b\dc`, ["a.b", "c"]],
    ["a[b-d]e", ["a", "e"]],
    ["a[]b]e", ["a", "e"]],
    ["a[^]b]e", ["a", "e"]],
    ["a[[:alpha:]]e", ["a", "e"]],
    [String.raw`a[\]]e`, ["a", "e"]],
    ["a(b|c)d", ["a", "d"]],
    [String.raw`a(b[)]c\))d`, ["a", "d"]],
    ["(?i)abc", ["abc"]],
    ["abc|def", []],
    [String.raw`\Qa|b\E`, []],
    [String.raw`a\x41b`, []],
    ["a(b", []],
    ["a[b", []],
    ["a\\", []],
  ];
  for (const [pattern, literals] of cases) assert.deepEqual(requiredLiterals(pattern), literals, pattern);
});

test("a random expression never matches a text that lacks one of its required literals", () => {
  const random = seededRandom(9);
  const parts = ["a", "b", "ab", ".", "[ab]", "[^a]", "(a|b)", "(ab)", String.raw`\w`, String.raw`\.`, "|", "^", "$"];
  const quantifiers = ["", "", "", "*", "+", "?", "{0,2}", "*?"];
  let matches = 0;
  for (let round = 0; round < 3000; round++) {
    let pattern = "";
    for (let i = random.below(5); i >= 0; i--) {
      const part = random.pick(parts);
      pattern += "|^$".includes(part) ? part : part + random.pick(quantifiers);
    }
    const compiled = RE2JS.compile(pattern);
    for (let attempt = 0; attempt < 5; attempt++) {
      const text = random.text("ab.", random.below(8));
      if (!compiled.test(text)) continue;
      matches++;
      for (const literal of requiredLiterals(pattern)) assert.ok(text.includes(literal), `${pattern} ${text}`);
    }
  }
  assert.ok(matches > 1000);
});
