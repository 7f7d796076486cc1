import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Attributes } from "#core/attributes.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { run } from "#test/ottl/run-statement.ts";

/** What statements make of attributes. */
const CASES: readonly (readonly [string, Attributes, Attributes])[] = [
  ['set(attributes["a"], "x")', {}, { a: "x" }],
  ['set(attributes["a"], attributes["none"])', { a: 1 }, { a: 1 }],
  ['set(attributes["a"], nil)', { a: 1 }, { a: 1 }],
  ['set(attributes["a"]["b"][1], 5)', {}, { a: { b: [null, 5] } }],
  ['set(attributes["a"]["b"], 2)', { a: { b: 1, c: 3 } }, { a: { b: 2, c: 3 } }],
  ['set(attributes["list"][0], "new")', { list: ["old", 2] }, { list: ["new", 2] }],
  ['set(attributes, {"only": true})', { a: 1, b: 2 }, { only: true }],
  ['set(log.attributes["b"], attributes["a"]) where attributes["a"] > 1', { a: 1 }, { a: 1 }],
  ['set(log.attributes["b"], attributes["a"]) where attributes["a"] > 1', { a: 2 }, { a: 2, b: 2 }],
  ['append(attributes["tags"], "prod")', { tags: ["a"] }, { tags: ["a", "prod"] }],
  ['append(attributes["tags"], values = ["x", "y"])', { tags: "a" }, { tags: ["a", "x", "y"] }],
  ['append(attributes["tags"], "a")', {}, { tags: ["a"] }],
  [
    'delete_key(attributes, "http.request.header.authorization")',
    { "http.request.header.authorization": "s", b: 1 },
    { b: 1 },
  ],
  ['delete_key(attributes["m"], "x")', { m: { x: 1, y: 2 } }, { m: { y: 2 } }],
  ['delete_matching_keys(log.attributes, "(?i).*password.*")', { userPassword: 1, PASSWORD: 2, a: 3 }, { a: 3 }],
  ['keep_matching_keys(attributes, "(?i).*version.*")', { "os.Version": 1, a: 2 }, { "os.Version": 1 }],
  ['keep_keys(attributes, ["http.method", "none"])', { "http.method": "GET", a: 1 }, { "http.method": "GET" }],
  ["keep_keys(attributes, [])", { a: 1 }, {}],
  ['limit(attributes, 2, ["c"])', { a: 1, b: 2, c: 3 }, { a: 1, c: 3 }],
  ["limit(attributes, 100, [])", { a: 1 }, { a: 1 }],
  ['merge_maps(attributes, {"a": 9, "b": 2}, "insert")', { a: 1 }, { a: 1, b: 2 }],
  ['merge_maps(attributes, {"a": 9, "b": 2}, "update")', { a: 1 }, { a: 9 }],
  ['merge_maps(attributes, {"a": 9, "b": 2}, "upsert")', { a: 1 }, { a: 9, b: 2 }],
  [
    'replace_pattern(attributes["cmd"], "password\\\\=[^\\\\s]*(\\\\s?)", "password=***$1")',
    { cmd: "x --password=secret --user=a --password=b" },
    { cmd: "x --password=*** --user=a --password=***" },
  ],
  [
    'replace_pattern(attributes["a"], "^kube_([0-9A-Za-z]+_)", "k8s.$1.")',
    { a: "kube_pod_name" },
    { a: "k8s.pod_.name" },
  ],
  ['replace_pattern(attributes["a"], "(?P<w>b+)", "<${w}$$>")', { a: "abbc" }, { a: "a<bb$>c" }],
  ['replace_pattern(attributes["a"], "x*", "-")', { a: "axb" }, { a: "-a-b-" }],
  ['replace_pattern(attributes["a"], "b", "$1x")', { a: "abc" }, { a: "ac" }],
  [
    'replace_pattern(attributes["a"], "(o+)", "$1", SHA256, "<%s>")',
    { a: "foo" },
    { a: `f<${createHash("sha256").update("oo").digest("hex")}>` },
  ],
  ['replace_pattern(attributes["a"], "5", "x")', { a: 5 }, { a: 5 }],
  ['replace_pattern(attributes["none"], "5", "x")', { a: 5 }, { a: 5 }],
  [
    'replace_all_patterns(attributes, "value", "/account/\\\\d{4}", "/account/{id}")',
    { a: "/account/1234/x", b: 1 },
    { a: "/account/{id}/x", b: 1 },
  ],
  [
    'replace_all_patterns(attributes, "key", "^kube_([0-9A-Za-z]+_)", "k8s.$1.")',
    { kube_pod_x: 1, a: 2 },
    { "k8s.pod_.x": 1, a: 2 },
  ],
  [
    'replace_match(attributes["t"], "/user/*/list/*", "/user/{userId}/list/{listId}")',
    { t: "/user/7/list/9" },
    { t: "/user/{userId}/list/{listId}" },
  ],
  ['replace_match(attributes["t"], "/user/*", "gone")', { t: "/user/7/list" }, { t: "/user/7/list" }],
  ['replace_match(attributes["t"], "[a-c]?[^x]\\\\*", "hit")', { t: "bzy*" }, { t: "hit" }],
  [
    'replace_all_matches(attributes, "/user/*/list/*", "/u", ToUpperCase, "%s!")',
    { t: "/user/7/list/9", u: "v" },
    { t: "/U!", u: "v" },
  ],
  ['set(attributes["t"], trace_id.string)', {}, { t: "0".repeat(32) }],
  ["truncate_all(attributes, 4)", { a: "12345", b: "ääää", c: 123456 }, { a: "1234", b: "ää", c: 123456 }],
  [
    'truncate_all(attributes, 5, truncation_marker = "...")',
    { a: "123456789", b: "12345" },
    { a: "12...", b: "12345" },
  ],
  [
    "stringify_all(attributes)",
    { a: 1, b: true, c: { d: [1] }, e: "x" },
    { a: "1", b: "true", c: '{"d":[1]}', e: "x" },
  ],
  [
    "flatten(attributes)",
    { name: "test", address: { street: "first", house: 1234 }, occupants: ["user 1", "user 2"] },
    {
      name: "test",
      "address.street": "first",
      "address.house": 1234,
      "occupants.0": "user 1",
      "occupants.1": "user 2",
    },
  ],
  ['flatten(attributes, "app")', { a: { b: 1 }, c: 2 }, { "app.a.b": 1, "app.c": 2 }],
  [
    "flatten(attributes, depth=2)",
    { "0": { "1": { "2": { "3": { "4": "value" } } } } },
    { "0.1.2": { "3": { "4": "value" } } },
  ],
  ["flatten(attributes, depth=0)", { a: { b: 1 } }, { a: { b: 1 } }],
  [
    "flatten(attributes, resolveConflicts=true)",
    {
      address: { street: { number: "first" }, house: "1234" },
      "address.street": { number: ["second", "third"] },
      "address.street.number": "fourth",
      occupants: ["user 1", "user 2"],
    },
    {
      "address.street.number": "first",
      "address.house": "1234",
      "address.street.number.0": "second",
      "address.street.number.1": "third",
      occupants: "user 1",
      "occupants.0": "user 2",
      "address.street.number.2": "fourth",
    },
  ],
];

for (const [statement, before, after] of CASES) {
  test(`${statement} makes of ${JSON.stringify(before)} what the OTTL documents say`, () => {
    assert.deepEqual(structuredClone({ ...run([statement], { attributes: before }).record.attributes }), after);
  });
}

test("a cache carries values from statement to statement and is no part of the record", () => {
  const { record } = run(
    [
      'merge_maps(log.cache, ParseJSON(log.body), "upsert")',
      'set(log.attributes["user"], log.cache["u"]["name"])',
      'set(log.cache["u"]["name"], "changed")',
    ],
    { body: '{"u":{"name":"root"}}' },
  );
  assert.deepEqual({ ...record.attributes }, { user: "root" });
});

test("every field that a record has can be set, and each refuses what it cannot hold", () => {
  const { record } = run([
    'set(log.body, {"a": 1})',
    'set(body["b"], "c")',
    "set(severity_number, SEVERITY_NUMBER_ERROR)",
    'set(severity_text, "bad")',
    'set(event_name, "e")',
    "set(time_unix_nano, 5)",
    "set(observed_time, Unix(1))",
  ]);
  assert.deepEqual(structuredClone({ ...record, body: { ...(record.body as object) } }), {
    timeUnixNano: 5n,
    observedTimeUnixNano: 1_000_000_000n,
    severityNumber: 17,
    severityText: "bad",
    eventName: "e",
    body: { a: 1, b: "c" },
    attributes: {},
  });
  for (const statement of [
    'set(severity_number, "9")',
    "set(severity_number, 25)",
    "set(severity_text, 9)",
    "set(time, 5)",
    "set(time_unix_nano, -1)",
    'set(attributes, "x")',
    'set(attributes["t"], Now())',
    'set(attributes["text"]["x"], 1)',
    'merge_maps(attributes, body, "upsert")',
    'delete_key(body, "x")',
  ]) {
    assert.throws(() => run([statement], { body: "x", attributes: { text: "t" } }), EvaluationError, statement);
  }
});

test("resource attributes are changed for all records", () => {
  assert.deepEqual({ ...run(['set(resource.attributes["a"], 1)'], {}, { b: 2 }).resource }, { a: 1, b: 2 });
});

test("a statement that changes nothing leaves the record untouched, and one that adds only adds", () => {
  const record = { body: "b", severityText: "INFO", attributes: { a: "x" } };
  for (const statement of [
    'set(attributes["a"], "x")',
    'set(severity_text, "INFO")',
    'delete_key(attributes, "none")',
    'keep_keys(attributes, ["a"])',
    'replace_pattern(attributes["a"], "y", "z")',
    'replace_all_patterns(attributes, "value", "y", "z")',
    "truncate_all(attributes, 10)",
    "flatten(attributes)",
    "limit(attributes, 10, [])",
  ]) {
    assert.equal(run([statement], record).change, "none", statement);
  }
  assert.equal(run(['set(attributes["b"], "x")'], record).change, "added");
  assert.equal(run(['set(attributes["b"], "x")', 'delete_key(attributes, "b")'], record).change, "none");
  assert.equal(run(['set(attributes["a"], "y")'], record).change, "replaced");
  assert.equal(run(['set(body, "y")'], record).change, "replaced");
});

test("a key that means something to JavaScript is an ordinary key", () => {
  const { record } = run(
    [
      'merge_maps(attributes, ParseJSON(body), "upsert")',
      'set(attributes["constructor"]["x"], 1)',
      "flatten(attributes)",
    ],
    { body: '{"__proto__": {"polluted": true}, "toString": "t"}' },
  );
  assert.deepEqual(Object.entries(record.attributes ?? {}).sort(), [
    ["__proto__.polluted", true],
    ["constructor.x", 1],
    ["toString", "t"],
  ]);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("no statement makes text without limit, however the record is written", () => {
  const body = "x".repeat(600_000);
  const nested = JSON.stringify({ [body]: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, i])) });
  for (const statement of [
    'set(attributes["a"], Concat([body, body], ""))',
    'set(attributes["a"], Format("%s%s", [body, body]))',
    'replace_pattern(body, "x", "xx")',
    'replace_pattern(body, "", body)',
    'set(attributes["a"], Split(body, ""))',
    'set(attributes["a"], Base64Encode(Concat([body, "y"], ""))) where Len(body) > 0',
  ]) {
    const attempt = (): unknown => run([statement], { body }).record;
    if (statement.includes("Base64"))
      assert.ok(JSON.stringify((attempt() as { attributes: unknown }).attributes).length < 1_100_000);
    else assert.throws(attempt, EvaluationError, statement);
  }
  assert.throws(() => run(["flatten(body)"], { body: JSON.parse(nested) as Attributes }), /longer than/);
  assert.throws(() => run(['set(attributes["a"][1000000000], 1)']), /elements at most/);
  assert.throws(
    () => run(['set(attributes["a"], ParseJSON(body))'], { body: "[".repeat(5000) + "]".repeat(5000) }),
    /nested/,
  );
});

test("a replacement whose matches look far ahead is given up in time", () => {
  const started = performance.now();
  assert.throws(
    () => run(['replace_pattern(body, "(a*b|a)", "c")'], { body: "a".repeat(20_000) }),
    /takes more than 250 ms/,
  );
  assert.ok(performance.now() - started < 2000);
  const { record } = run(['replace_pattern(body, "a", "b")'], { body: "a".repeat(50_000) });
  assert.equal(record.body, "b".repeat(50_000));
});

test("what a statement reads stays what it was, whatever later statements change", () => {
  const { record } = run(
    [
      'set(attributes["a"], "new")',
      "set(body, attributes)",
      'set(attributes["copy"], attributes)',
      'set(attributes["a"], "newer")',
      'set(body["b"], "only in the body")',
      'set(attributes["again"]["deep"], attributes["copy"])',
    ],
    { attributes: { a: "old" } },
  );
  assert.deepEqual(JSON.parse(JSON.stringify({ body: record.body, attributes: record.attributes })), {
    body: { a: "new", b: "only in the body" },
    attributes: { a: "newer", copy: { a: "new" }, again: { deep: { a: "new" } } },
  });
});

test("trace context is read and set as the collector does; zeros are none, and what is no id is refused", () => {
  const id = "0af7651916cd43dd8448eb211c80319c";
  const { record } = run(
    [
      `set(attributes["t"], trace_id.string)`,
      `set(trace_id.string, "${id}")`,
      "set(span_id, 0x00f067aa0ba902b7)",
      "set(flags, 1)",
    ],
    { traceId: "ff".repeat(16) },
  );
  assert.deepEqual(
    [record.traceId, record.spanId, record.traceFlags, record.attributes?.["t"]],
    [id, "00f067aa0ba902b7", 1, "ff".repeat(16)],
  );
  assert.equal(run([`set(trace_id.string, "${"0".repeat(32)}")`], { traceId: id }).record.traceId, undefined);
  for (const wrong of [`set(trace_id.string, "0a")`, `set(span_id.string, "${"x".repeat(16)}")`, "set(flags, -1)"])
    assert.throws(() => run([wrong]), EvaluationError);
});
