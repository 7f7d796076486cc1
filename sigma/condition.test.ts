import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#test/rules/seeded-random.ts";
import { parseCondition } from "./condition.ts";
import { compileExpression, type Expression } from "./expression.ts";
import { toSigmaRecord } from "./sigma-record.ts";

/** A selection that is true when the record has a field of its name. */
const selection = (name: string): Expression => ({
  kind: "item",
  field: name,
  join: "any",
  tests: [{ literals: [], matches: (value) => value !== undefined }],
});

const selectionsOf = (...names: string[]): Map<string, Expression> =>
  new Map(names.map((name) => [name, selection(name)]));

function holds(condition: string, present: readonly string[], names = ["a", "b", "c"]): boolean {
  const parsed = parseCondition(condition, selectionsOf(...names));
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.message);
  return compileExpression(parsed.expression)(toSigmaRecord(Object.fromEntries(present.map((name) => [name, 1]))));
}

function problemOf(condition: string, names = ["a", "b", "c"]): string {
  const parsed = parseCondition(condition, selectionsOf(...names));
  return parsed.ok ? "" : `${parsed.message} (${parsed.suggestion})`;
}

test("Sigma 2.1 condition: not binds tighter than and, and than or", () => {
  assert.ok(holds("a or b and c", ["a"]));
  assert.equal(holds("(a or b) and c", ["a"]), false);
  assert.ok(holds("not a or b", []));
  assert.equal(holds("not (a or b)", ["b"]), false);
  assert.ok(holds("not not a", ["a"]));
  assert.ok(holds("not a and b", ["b"]));
});

test("Sigma 2.1 condition: 1 of and all of take them, a name or a pattern, and skip names with _", () => {
  const names = ["sel", "sel_a", "sel_b", "_hidden", "sel_2-x", "2nd"];
  assert.ok(holds("1 of sel_*", ["sel_b"], names));
  assert.equal(holds("1 of sel_*", ["sel"], names), false);
  assert.equal(holds("all of sel_*", ["sel_a"], names), false);
  assert.ok(holds("all of sel_*", ["sel_a", "sel_b", "sel_2-x"], names));
  assert.ok(holds("1 of sel", ["sel"], names), "without a star only the name itself");
  assert.equal(holds("1 of sel", ["sel_a"], names), false);
  assert.ok(holds("1 of sel*", ["sel"], names), "a star may stand for nothing");
  assert.ok(holds("any of them", ["2nd"], names));
  assert.equal(holds("1 of them", ["_hidden"], names), false);
  assert.ok(holds("_hidden", ["_hidden"], names), "named, it counts");
  assert.ok(holds("1 of *_a*", ["sel_a"], names));
  assert.ok(holds("not 1 of sel_* and 2nd", ["2nd"], names));
});

test("Sigma 2.1 condition: mistakes say what is wrong and what was meant", () => {
  const cases: [condition: string, problem: RegExp][] = [
    ["selektion", /unknown selection "selektion" \(selection\)/],
    ["a AND b", /lower case: "and" \(and\)/],
    ["a OR b", /lower case/],
    ["NOT a", /lower case/],
    ["1 of x*", /no selection matches "x\*"/],
    ["2 of them", /is not Sigma/],
    ["a | count() > 5", /correlation rule/],
    ["| count()", /correlation rule/],
    ["a and", /ends where a selection is expected/],
    ["(a", /expected/],
    ["a)", /found "\)"/],
    ["a b", /expected and, or, or the end at character 3, found "b"/],
    ["", /ends where/],
    ["1 of", /needs a selection/],
    ["and a", /stands where a selection/],
    ["(".repeat(500) + "a" + ")".repeat(500), /nested more than/],
    ["not ".repeat(500) + "a", /nested more than/],
  ];
  for (const [condition, problem] of cases) {
    assert.match(problemOf(condition, ["a", "b", "selection"]), problem, condition.slice(0, 40));
  }
});

test("random conditions mean what JavaScript makes of the same expression", () => {
  const random = seededRandom(11);
  const build = (depth: number): string => {
    const choice = depth === 0 ? 0 : random.below(5);
    if (choice <= 1) return random.pick(["a", "b", "c"]);
    if (choice === 2) return `not ${build(depth - 1)}`;
    if (choice === 3) return `(${build(depth - 1)} or ${build(depth - 1)})`;
    return `${build(depth - 1)} and ${build(depth - 1)}`;
  };
  for (let round = 0; round < 2000; round++) {
    const condition = build(4);
    const present = ["a", "b", "c"].filter(() => random.below(2) === 1);
    const script = condition.replaceAll("not", "!").replaceAll("or", "||").replaceAll("and", "&&");
    const truth = evaluate(script, new Set(present));
    assert.equal(holds(condition, present), truth, condition);
  }
});

test("random words never throw", () => {
  const random = seededRandom(5);
  const words = ["a", "b", "and", "or", "not", "1", "all", "of", "them", "(", ")", "*", "|", "_x"];
  for (let round = 0; round < 5000; round++) {
    const condition = Array.from({ length: random.below(8) }, () => random.pick(words)).join(" ");
    assert.doesNotThrow(() => parseCondition(condition, selectionsOf("a", "b", "_x")), condition);
  }
});

/** An evaluator of its own, by recursive splitting, for `!`, `&&`, `||` and parentheses. */
function evaluate(script: string, present: ReadonlySet<string>): boolean {
  const text = script.trim();
  for (const operator of ["||", "&&"]) {
    const at = splitAt(text, operator);
    if (at < 0) continue;
    const left = evaluate(text.slice(0, at), present);
    const right = evaluate(text.slice(at + 2), present);
    return operator === "||" ? left || right : left && right;
  }
  if (text.startsWith("!")) return !evaluate(text.slice(1), present);
  if (text.startsWith("(")) return evaluate(text.slice(1, -1), present);
  return present.has(text);
}

/** Where the operator stands outside of parentheses, or -1. */
function splitAt(text: string, operator: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")") depth--;
    else if (depth === 0 && text.startsWith(operator, i)) return i;
  }
  return -1;
}
