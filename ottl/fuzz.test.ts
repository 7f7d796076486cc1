import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, pick, type Random } from "#test/oracle/random.ts";
import { holds, run } from "#test/ottl/run-statement.ts";
import { compileGroup, type GroupMistake } from "./compile-group.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { MAX_NESTING, MAX_STATEMENT } from "./limits.ts";

/** Anything but a reported mistake, at a place within the text, is a failure. */
function compiles(text: string): boolean {
  const compiled = compileGroup({ conditions: [text], statements: [text] });
  if ("context" in compiled) return true;
  assert.ok(compiled.length > 0);
  for (const { offset, line, column, message } of compiled) {
    assert.ok(offset >= 0 && offset <= text.length, `${offset} in ${text.length}`);
    assert.ok(line >= 1 && column >= 1 && message !== "");
  }
  return false;
}

const SEEDS = [
  'set(attributes["a"]["b"][0], Concat([body, "x\\\\n", 1.5, 0x00ff], "-")) where (1 + 2) * 3 >= 9 and not IsMatch(body, "a+")',
  'replace_all_patterns(log.attributes, "value", "(?i)pass\\\\w*=([^ ]+)", "***$1", SHA256, "<%s>")',
  'merge_maps(log.cache, ParseJSON(log.body)["k"], "upsert") where resource.attributes["service.name"] == "tidb" or severity_number < SEVERITY_NUMBER_WARN',
  'flatten(body, "p", 4, resolveConflicts=true)',
  'set(time, Time(attributes["t"], "%Y-%m-%d %H:%M:%S", "Europe/Berlin"))',
  'keep_keys(attributes, ["a", "b"]) where {"a": [nil, true]} != {"a": {}}',
];
const PIECES = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  '"',
  "\\",
  ",",
  ".",
  ":",
  "==",
  "not ",
  " and ",
  "or",
  "where",
  "0x",
  "1e9",
  "-",
  "é",
  "\u0000",
  "\ud800",
  "nil",
  "IsMatch(",
  "attributes",
  "9".repeat(30),
];

function mutate(random: Random, text: string): string {
  let out = text;
  for (let round = 0; round <= random() * 3; round++) {
    const at = Math.floor(random() * (out.length + 1));
    const cut = Math.floor(random() * 4);
    out = out.slice(0, at) + (random() < 0.6 ? pick(random, PIECES) : "") + out.slice(at + cut);
  }
  return out;
}

test("changed statements are compiled or refused with a place, never anything else", () => {
  const random = createRandom(7);
  let fine = 0;
  for (let round = 0; round < 6000; round++) if (compiles(mutate(random, pick(random, SEEDS)))) fine++;
  assert.ok(fine < 6000, "the changes must hurt");
});

test("random characters are refused with a place", () => {
  const random = createRandom(11);
  for (let round = 0; round < 3000; round++) {
    const length = Math.floor(random() * 60);
    compiles(
      String.fromCharCode(...Array.from({ length }, () => Math.floor(random() * (random() < 0.9 ? 128 : 65536)))),
    );
  }
});

test("time is bounded, and nesting too, whatever the text repeats", () => {
  const started = performance.now();
  const repeated = [
    "(",
    "[",
    "not ",
    "-",
    "1+",
    "1 and ",
    "true or ",
    '{"a":',
    "IsInt(",
    "a[",
    "a.",
    '"',
    "((1)",
    "Concat([",
    "x == (",
    "1 - (2 * ",
  ];
  for (const piece of repeated) {
    compiles(piece.repeat(Math.ceil(MAX_STATEMENT / piece.length)).slice(0, MAX_STATEMENT));
    compiles(`set(body, ${piece.repeat(1000)}`);
  }
  assert.ok(performance.now() - started < 5000);
  const nested = (depth: number): string => `${"(".repeat(depth)}true${")".repeat(depth)}`;
  assert.equal(holds(nested(MAX_NESTING)), true);
  const [mistake] = compileGroup({ conditions: [nested(MAX_NESTING + 1)], statements: [] }) as readonly GroupMistake[];
  assert.match(String(mistake?.message), /nested more than 64 levels/);
  assert.equal(holds(Array.from({ length: 2000 }, () => "true").join(" and ")), true);
  assert.equal(holds(`${"1 + ".repeat(4000)}1 == 4001`), true);
  const tooLong = compileGroup({ conditions: [" ".repeat(MAX_STATEMENT + 1)], statements: [] });
  assert.match(JSON.stringify(tooLong), /longer than/);
});

test("statements on records that strangers write change them or fail with an EvaluationError", () => {
  const random = createRandom(3);
  const texts = [
    "",
    "a=b c=d",
    '{"k":{"x":[1,{"y":null}]},"__proto__":1}',
    "[".repeat(200),
    "x".repeat(5000),
    "\ud800",
    "2026-01-01 00:00:00",
    "pass=1 password=2",
    "%s%d",
    "$1${a}$$",
  ];
  let failed = 0;
  for (let round = 0; round < 1500; round++) {
    const value = (): unknown =>
      pick(random, [...texts, 5, 1.5, true, null, 2n ** 63n - 1n, [1, ["a"]], { m: { n: "x" } }]);
    const record = { body: value(), attributes: { a: value(), t: value(), b: value() } } as Parameters<typeof run>[1];
    try {
      run([pick(random, SEEDS)], record);
    } catch (error) {
      assert.ok(error instanceof EvaluationError, String(error));
      failed++;
    }
  }
  assert.ok(failed > 0 && failed < 1500);
});
