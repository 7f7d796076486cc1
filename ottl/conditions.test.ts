import assert from "node:assert/strict";
import { test } from "node:test";
import { EvaluationError } from "./evaluation-error.ts";
import { holds } from "#test/ottl/run-statement.ts";

const OPERATORS = ["==", "!=", "<", "<=", ">", ">="] as const;

/** One value of each type that a comparison can meet. */
const SAMPLES = {
  nil: "nil",
  bool: "true",
  int: "3",
  double: "2.5",
  string: '"a"',
  bytes: "0x01",
  list: "[1]",
  map: '{"a": 1}',
  time: "Unix(1)",
  duration: 'Duration("1s")',
};

test("values of types that do not go together are unequal, and no other comparison holds", () => {
  const types = Object.keys(SAMPLES) as (keyof typeof SAMPLES)[];
  for (const left of types) {
    for (const right of types) {
      const numbers = ["int", "double"];
      if (left === right || (numbers.includes(left) && numbers.includes(right))) continue;
      const result = OPERATORS.map((operator) => holds(`${SAMPLES[left]} ${operator} ${SAMPLES[right]}`));
      assert.deepEqual(result, [false, true, false, false, false, false], `${left} with ${right}`);
    }
  }
});

/** left, right, and what ==, !=, <, <=, >, >= come to. */
const COMPARISONS: readonly (readonly [string, string, string])[] = [
  ["nil", "nil", "T F F T F T"],
  ["false", "true", "F T T T F F"],
  ["true", "true", "T F F T F T"],
  ["3", "4", "F T T T F F"],
  ["9007199254740993", "9007199254740992", "F T F F T T"],
  ["3", "3.0", "T F F T F T"],
  ["2.5", "3", "F T T T F F"],
  ["9007199254740993", "9007199254740992.0", "T F F T F T"],
  ['"a"', '"b"', "F T T T F F"],
  ['"b"', '"a"', "F T F F T T"],
  ['"\\U0001f600"', '"\\uffee"', "F T F F T T"],
  ["0x01", "0x0100", "F T T T F F"],
  ["Unix(1)", "Unix(2)", "F T T T F F"],
  ['Duration("1m")', 'Duration("60s")', "T F F T F T"],
  ['[1, "a"]', '[1, "a"]', "T F F F F F"],
  ["[1]", "[2]", "F T F F F F"],
  ['{"a": {"b": 1}, "c": 2}', '{"c": 2, "a": {"b": 1}}', "T F F F F F"],
  ['{"a": 1}', '{"a": 1.5}', "F T F F F F"],
];

for (const [left, right, expected] of COMPARISONS) {
  test(`${left} with ${right} compares as the language document says`, () => {
    const result = OPERATORS.map((operator) => (holds(`${left} ${operator} ${right}`) ? "T" : "F"));
    assert.equal(result.join(" "), expected);
  });
}

const RECORD = {
  severityNumber: 13,
  severityText: "WARN",
  body: "Access denied for user 'root'@'10.0.0.1'",
  attributes: { "user.name": "root", retries: 3, "tidb.conn": "8306449708033769879" },
};
const RESOURCE = { "service.name": "tidb", zone: "a" };

const CONDITIONS: readonly (readonly [string, boolean])[] = [
  ['IsMatch(body, "denied for user")', true],
  ['not IsMatch(body, "denied")', false],
  ['not not attributes["retries"] > 2', true],
  ['not attributes["retries"] > 2', false],
  ["severity_number < SEVERITY_NUMBER_INFO", false],
  ["severity_number >= SEVERITY_NUMBER_WARN and severity_number < SEVERITY_NUMBER_ERROR", true],
  ['resource.attributes["service.name"] == "tidb"', true],
  ['resource.attributes["service.name"] == "pd" or log.attributes["retries"] + 1 == 4', true],
  ['attributes["missing"] == nil', true],
  ['attributes["missing"] != nil', false],
  ['attributes["user.name"] != nil and not HasPrefix(attributes["user.name"], "app_")', true],
  ['attributes["tidb.conn"] == "8306449708033769879"', true],
  ['Int(attributes["tidb.conn"]) == 8306449708033769879', true],
  ['Int(attributes["tidb.conn"]) == 8306449708033769880', false],
  // and binds tighter than or, not tighter than both.
  ["true or false and false", true],
  ["(true or false) and false", false],
  ["not false and false", false],
  ["not (false and false)", true],
  ["(((1 + 1)) == (2))", true],
  ["((1 + 1) * 2 == 4) and (true)", true],
  ["trace_id == 0x00000000000000000000000000000000", true],
  ['attributes["user.name"]\n  ==\n  "root"', true],
];

for (const [condition, expected] of CONDITIONS) {
  test(`${condition} is ${expected}`, () => {
    assert.equal(holds(condition, RECORD, RESOURCE), expected);
  });
}

test("what is right of a decided and, or or is not looked at", () => {
  assert.equal(holds("false and 1 / 0 == 1"), false);
  assert.equal(holds("true or 1 / 0 == 1"), true);
});

test("what is no number is equal to nothing, itself included", () => {
  const record = { attributes: { nan: Number.NaN } };
  const result = OPERATORS.map((operator) => holds(`attributes["nan"] ${operator} attributes["nan"]`, record));
  assert.deepEqual(result, [false, true, false, false, false, false]);
});

/** Conditions that cannot be decided, and what they say about it. */
const FAILURES: readonly (readonly [string, RegExp])[] = [
  ["1 / 0 == 1", /division by zero/],
  ["1 + 1.0 == 2", /int \+ double cannot be calculated/],
  ['attributes["missing"] + 1 == 2', /nil \+ int/],
  ['HasPrefix(attributes["missing"], "x")', /HasPrefix: value must be a string, got nil/],
  ["Len(body)", /Len is used as a condition but gave int/],
  ['body["a"] == 1', /a string cannot be indexed/],
  ['Split(body, " ")[99] == "x"', /out of bounds/],
  ['ParseJSON("{\\"a\\":1}")["b"] == 1', /no such key/],
  ["ParseJSON(body) == nil", /no JSON/],
  ["Hour(severity_number) == 1", /must be a time, got int/],
];

for (const [condition, message] of FAILURES) {
  test(`${condition} fails without a word of the record in its message`, () => {
    assert.throws(
      () => holds(condition, RECORD, RESOURCE),
      (error) => error instanceof EvaluationError && message.test(error.message) && !error.message.includes("denied"),
    );
  });
}
