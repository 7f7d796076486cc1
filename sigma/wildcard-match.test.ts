import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#test/rules/seeded-random.ts";
import { compilePattern } from "./wildcard-match.ts";
import { ANY_ONE, ANY_RUN, openEnd, openStart, parsePattern, type WildcardPattern } from "./wildcard-pattern.ts";

const matches = (pattern: string, text: string): boolean => compilePattern(parsePattern(pattern), true)(text);

test("Sigma 2.1 escapes: a backslash counts only before a wildcard or a backslash", () => {
  const cases: [written: string, parsed: WildcardPattern][] = [
    ["a*b?c", ["a", ANY_RUN, "b", ANY_ONE, "c"]],
    [String.raw`\*`, ["*"]],
    [String.raw`\?`, ["?"]],
    [String.raw`\\*`, ["\\", ANY_RUN]],
    [String.raw`\\\*`, ["\\*"]],
    [String.raw`C:\Windows\cmd`, [String.raw`C:\Windows\cmd`]],
    [String.raw`a\\b`, [String.raw`a\b`]],
    [String.raw`\\\\host`, [String.raw`\\host`]],
    ["end\\", ["end\\"]],
    ["**", [ANY_RUN]],
    ["", []],
  ];
  for (const [written, parsed] of cases) assert.deepEqual(parsePattern(written), parsed, written);
});

test("a trailing backslash stays literal when contains puts a wildcard behind it", () => {
  const pattern = openStart(openEnd(parsePattern("temp\\")));
  assert.deepEqual(pattern, [ANY_RUN, "temp\\", ANY_RUN]);
});

test("opening a pattern that is open already changes nothing", () => {
  assert.deepEqual(openStart(openEnd(parsePattern("*x*"))), parsePattern("*x*"));
});

test("a star crosses newlines and also takes nothing", () => {
  assert.ok(matches("a*b", "a\n\nb"));
  assert.ok(matches("a*b", "ab"));
  assert.ok(matches("*", ""));
});

test("a question mark takes one code point, also outside the basic plane", () => {
  assert.ok(matches("a?b", "a😀b"));
  assert.equal(matches("a??b", "a😀b"), false);
  assert.equal(matches("?", ""), false);
  assert.ok(matches("*?", "😀"));
  assert.equal(matches("*??", "😀"), false);
});

test("without cased, case outside ASCII is folded and one character stays one character", () => {
  const folded = compilePattern(parsePattern("kas?E*"), false);
  assert.ok(folded("\u212aA\u017f\u00dfe"));
  assert.ok(compilePattern(parsePattern("ГРАНТ*"), false)("грант all"));
});

test("the matcher agrees with a naive one on random patterns and texts", () => {
  const random = seededRandom(1);
  for (let round = 0; round < 20_000; round++) {
    const pattern = parsePattern(random.text("ab😀*?*?", random.below(8)));
    const text = random.text("ab😀", random.below(9));
    assert.equal(
      compilePattern(pattern, true)(text),
      naive(pattern, Array.from(text)),
      `${JSON.stringify(pattern.map(String))} ${text}`,
    );
  }
});

test("a pattern that would make a backtracking matcher explode takes time in proportion", () => {
  const pattern = parsePattern("*a".repeat(40) + "b");
  const startedMs = performance.now();
  assert.equal(compilePattern(pattern, true)("a".repeat(20_000)), false);
  assert.ok(performance.now() - startedMs < 2000);
});

function naive(pattern: WildcardPattern, text: readonly string[]): boolean {
  const [part, ...rest] = pattern;
  if (part === undefined) return text.length === 0;
  if (part === ANY_RUN) {
    return naive(rest, text) || (text.length > 0 && naive(pattern, text.slice(1)));
  }
  if (part === ANY_ONE) return text.length > 0 && naive(rest, text.slice(1));
  const wanted = Array.from(part);
  return wanted.every((character, index) => text[index] === character) && naive(rest, text.slice(wanted.length));
}
