import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePattern, Pattern } from "./pattern.ts";

function compiled(source: string): Pattern {
  const pattern = compilePattern(source);
  assert.ok(pattern instanceof Pattern, String(pattern));
  return pattern;
}

test("a pattern that is too long, too large or no RE2 syntax is refused with the reason", () => {
  assert.match(String(compilePattern("a".repeat(5000))), /longer than 4096/);
  assert.match(String(compilePattern("a{900}".repeat(6))), /too large/);
  assert.match(String(compilePattern("(?=x)")), /not a regular expression of the RE2 syntax/);
  assert.match(String(compilePattern("(a{1000}){1000}")), /repeat count/);
});

test("matches come from the left, with their groups, and none is empty right behind another", () => {
  const spans = (source: string, text: string): unknown[] =>
    Array.from(compiled(source).matches(text), ({ start, end, groups }) => [start, end, ...groups]);
  assert.deepEqual(spans("(?P<x>b)(c)?", "abcb"), [
    [1, 3, "bc", "b", "c"],
    [3, 4, "b", "b", undefined],
  ]);
  assert.deepEqual(spans("x*", "axb"), [
    [0, 0, ""],
    [1, 2, "x"],
    [3, 3, ""],
  ]);
  assert.deepEqual([...compiled("(?P<x>b)(c)?").groupNames], [[1, "x"]]);
});

test("a pattern that stops a backtracking engine for minutes takes its time per character", () => {
  const started = performance.now();
  assert.equal(compiled("^(a+)+$").test(`${"a".repeat(50_000)}!`), false);
  assert.equal(compiled("(.*a){20}").test("a".repeat(19)), false);
  assert.ok(performance.now() - started < 2000);
});
