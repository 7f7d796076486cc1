import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "./evaluate.ts";
import { createFunctions } from "./functions.ts";
import { matchesGlob } from "./glob.ts";
import { parseExpression, type Value } from "./parse-expression.ts";
import { parseTemplate, renderTemplate } from "./template.ts";

const VALUES: Readonly<Record<string, Value>> = {
  "alert.severity": "high",
  "alert.count": 12,
  "alert.tags": ["a", "b"],
  user: "o'neil",
  source: "10.1.2.3",
};
const scope = {
  lookup(path: readonly string[]): Value {
    const name = path.join(".");
    return Object.hasOwn(VALUES, name) ? (VALUES[name] ?? null) : null;
  },
  functions: createFunctions({ protected: (value) => value === "o'neil", isProxy: () => false }),
};

function worth(text: string): Value {
  const expression = parseExpression(text);
  assert.ok(!("problem" in expression), `${text}: ${JSON.stringify(expression)}`);
  return evaluate(expression, scope);
}

for (const [text, value] of [
  ["alert.severity >= high", true],
  ["alert.severity > high", false],
  ["alert.severity >= critical", false],
  ["alert.count >= 5 and alert.count < 13", true],
  ['not alert.count == 12 or user == "o\'neil"', true],
  ["not (alert.count == 12 or missing)", false],
  ["user in ['a', \"o'neil\"]", true],
  ["'a' in alert.tags", true],
  ["'x' in 'xyz'", false],
  ["alert.count > '3'", false],
  ["missing > 3", false],
  ["missing < 3", false],
  ["missing == null", true],
  ["exists(user) and not exists(missing)", true],
  ["length(alert.tags) == 2", true],
  ["glob(lower('AUTH.x'), 'auth.*')", true],
  ["starts_with(user, 'o') and ends_with(user, 'l') and contains(user, \"'\")", true],
  ["in_network(source, '10.0.0.0/8')", true],
  ["in_network(user, '10.0.0.0/8')", false],
  ["in_network(source, 'nonsense')", false],
  ["protected(user) and not is_proxy(source)", true],
  ["starts_with(missing, 3)", false],
] as const) {
  test(`${text} is ${value}`, () => assert.equal(worth(text), value));
}

for (const [text, at, message] of [
  ["", 0, "expected a value, got the end"],
  ["alert.", 6, "expected a name after the point, got the end"],
  ["a == ", 5, "expected a value, got the end"],
  ["a and", 5, "expected a value, got the end"],
  ["(a", 2, "expected ), got the end"],
  ["a b", 2, "expected the end, got b"],
  ["'open", 0, "this text has no closing quote"],
  ["1.2.3", 0, "1.2.3 is not a number"],
  ["a; drop", 1, '";" has no meaning here'],
  ["a == b == c", 7, "expected the end, got =="],
  ["${x}", 0, '"$" has no meaning here'],
  [`${"(".repeat(40)}a${")".repeat(40)}`, 16, "nested deeper than 16"],
  ["a or ".repeat(200), 0, "the expression is longer than 500 characters"],
] as const) {
  test(`${JSON.stringify(text.slice(0, 20))} is refused at ${at}`, () => {
    assert.deepEqual(parseExpression(text), { problem: { at, message } });
  });
}

test("no name leads to the host language", () => {
  for (const text of ["constructor", "__proto__.x", "constructor('return 1')", "toString()"]) {
    const expression = parseExpression(text);
    assert.ok(!("problem" in expression));
    assert.equal(evaluate(expression, scope), null);
  }
});

test("a glob cannot be made slow", () => {
  const before = performance.now();
  assert.equal(matchesGlob(`${"*a".repeat(50)}b`, "a".repeat(20_000)), false);
  assert.ok(performance.now() - before < 2000);
});

test("globs match whole texts", () => {
  assert.deepEqual(
    ["auth.*", "*", "auth.bruteforce", "*force", "a*b*e", "auth"].map((glob) => matchesGlob(glob, "auth.bruteforce")),
    [true, true, true, true, true, false],
  );
});

test("values in a text are inert: bounded, without control characters, never evaluated again", () => {
  const template = parseTemplate("{{ user }} | {{ missing }} | {{ alert.tags }}");
  assert.ok(!("problem" in template));
  const hostile = { ...scope, lookup: () => `{{ 7 }}\r\n\u001b[31m${"x".repeat(5000)}` };
  const text = renderTemplate(template, hostile);
  assert.ok(text.startsWith("{{ 7 }}\\u000d\\u000a\\u001b[31mxxx"));
  assert.ok(text.length < 3200);
  assert.equal(renderTemplate(template, scope), "o'neil |  | a, b");
});
