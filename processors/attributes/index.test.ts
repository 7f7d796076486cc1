import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ConfigError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { process, processBoth, textRecord } from "#test/ottl/both-kinds.ts";
import { attributesProcessor } from "./index.ts";

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const int64 = (value: bigint): Uint8Array => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
};

/** Actions, the attributes before and after. */
const CASES: readonly (readonly [string, readonly object[], Readonly<Record<string, string>>, object])[] = [
  ["insert puts what is not there", [{ key: "a", value: 2245, action: "insert" }], {}, { a: 2245 }],
  ["insert leaves what is there", [{ key: "a", value: 1, action: "insert" }], { a: "x" }, { a: "x" }],
  ["update changes what is there", [{ key: "a", value: [1, "b"], action: "update" }], { a: "x" }, { a: [1, "b"] }],
  ["update does not put what is not there", [{ key: "a", value: 1, action: "update" }], {}, {}],
  [
    "upsert does both",
    [
      { key: "a", value: true, action: "upsert" },
      { key: "b", value: "n", action: "upsert" },
    ],
    { b: "o" },
    { a: true, b: "n" },
  ],
  ["from_attribute copies", [{ key: "a", from_attribute: "b", action: "upsert" }], { b: "x" }, { a: "x", b: "x" }],
  [
    "from_attribute that is not there does nothing",
    [{ key: "a", from_attribute: "b", action: "upsert" }],
    { a: "x" },
    { a: "x" },
  ],
  [
    "default_value stands in for it",
    [{ key: "a", from_attribute: "b", default_value: "d", action: "insert" }],
    {},
    { a: "d" },
  ],
  ["delete removes by key", [{ key: "a", action: "delete" }], { a: "x", b: "y" }, { b: "y" }],
  [
    "delete removes by pattern",
    [{ pattern: "^tidb\\.", action: "delete" }],
    { "tidb.a": "x", "tidb.b": "y", c: "z" },
    { c: "z" },
  ],
  ["hash writes the SHA-256 of a text", [{ key: "a", action: "hash" }], { a: "secret" }, { a: sha256("secret") }],
  [
    "hash works by pattern",
    [{ pattern: "pass", action: "hash" }],
    { password: "p", b: "q" },
    { password: sha256("p"), b: "q" },
  ],
  [
    "extract writes named groups and keeps the value",
    [{ key: "url", pattern: "^(?P<scheme>\\w+)://(?P<host>[^/]+)", action: "extract" }],
    { url: "https://h/x", host: "old" },
    { url: "https://h/x", scheme: "https", host: "h" },
  ],
  [
    "extract that finds nothing does nothing",
    [{ key: "url", pattern: "(?P<x>zz)", action: "extract" }],
    { url: "a" },
    { url: "a" },
  ],
  ["convert to int is exact", [{ key: "a", action: "convert", converted_type: "int" }], { a: "42" }, { a: 42 }],
  [
    "convert leaves what it cannot convert",
    [{ key: "a", action: "convert", converted_type: "int" }],
    { a: "4.2x" },
    { a: "4.2x" },
  ],
  ["convert to double", [{ key: "a", action: "convert", converted_type: "double" }], { a: "4.25" }, { a: 4.25 }],
  [
    "actions run in order",
    [
      { key: "a", value: "1", action: "insert" },
      { key: "b", from_attribute: "a", action: "insert" },
      { key: "a", action: "delete" },
    ],
    {},
    { b: "1" },
  ],
];

for (const [name, actions, before, after] of CASES) {
  test(name, async () => {
    const { objects } = await processBoth(attributesProcessor, { actions }, [textRecord("b", before)]);
    assert.deepEqual(objects.records[0]?.["attributes"], after);
  });
}

test("values that are no texts are converted, and hashed by their bytes", async () => {
  const batch = new ObjectBatch({ attributes: {} }, [
    { attributes: { big: 8306449708033769879n, yes: true, half: 0.5, list: [1], n: 7 } },
  ]);
  const convert = ["big", "yes", "half", "list"].map((key) => ({ key, action: "convert", converted_type: "string" }));
  const texts = await process(attributesProcessor, { actions: convert }, batch);
  assert.deepEqual(texts.records[0]?.["attributes"], {
    big: "8306449708033769879",
    yes: "true",
    half: "0.5",
    list: "[1]",
    n: 7,
  });
  const hashed = await process(
    attributesProcessor,
    {
      actions: [
        { pattern: "^(big|yes|n)$", action: "hash" },
        { key: "half", action: "convert", converted_type: "int" },
      ],
    },
    batch,
  );
  assert.deepEqual(hashed.records[0]?.["attributes"], {
    big: sha256(int64(8306449708033769879n)),
    yes: sha256(Uint8Array.of(1)),
    n: sha256(int64(7n)),
    half: 0,
    list: [1],
  });
});

const RECORDS = [textRecord("login failed", { user: "root" }, 13), textRecord("ok", { user: "app" })];
const MARK = { actions: [{ key: "hit", value: true, action: "insert" }] };

/** Properties, and for which of the two records they match. */
const PROPERTIES: readonly (readonly [object, readonly boolean[]])[] = [
  [{ match_type: "strict", log_bodies: ["ok", "other"] }, [false, true]],
  [{ match_type: "regexp", log_bodies: ["^log.*"] }, [true, false]],
  [{ match_type: "strict", log_severity_texts: ["WARN"] }, [true, false]],
  [{ match_type: "strict", log_severity_number: { min: 13 } }, [true, false]],
  [{ match_type: "strict", attributes: [{ key: "user", value: "root" }] }, [true, false]],
  [{ match_type: "strict", attributes: [{ key: "user" }] }, [true, true]],
  [{ match_type: "strict", attributes: [{ key: "user", value: "root" }, { key: "none" }] }, [false, false]],
  [{ match_type: "regexp", attributes: [{ key: "user", value: "^(root|app)$" }] }, [true, true]],
  [{ match_type: "strict", resources: [{ key: "service.name", value: "tidb" }] }, [true, true]],
  [{ match_type: "strict", resources: [{ key: "service.name", value: "pd" }] }, [false, false]],
  [{ match_type: "strict", log_bodies: ["ok"], attributes: [{ key: "user", value: "root" }] }, [false, false]],
];

for (const [properties, expected] of PROPERTIES) {
  test(`include and exclude take ${JSON.stringify(properties)} as opposite choices`, async () => {
    const hits = async (raw: object): Promise<boolean[]> => {
      const { columns } = await processBoth(attributesProcessor, { ...MARK, ...raw }, RECORDS, {
        "service.name": "tidb",
      });
      return columns.records.map((record) => Object.hasOwn(record["attributes"] as object, "hit"));
    };
    assert.deepEqual(await hits({ include: properties }), expected);
    assert.deepEqual(
      await hits({ exclude: properties }),
      expected.map((match) => !match),
    );
  });
}

test("settings that an action does not take or lacks are refused, all at once", () => {
  const refused = (raw: unknown): string[] => {
    try {
      attributesProcessor.prepare(raw);
      return [];
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.issues.map(({ path, message }) => `${path.join("::")}: ${message}`);
    }
  };
  const messages = refused({
    actions: [
      { key: "a", action: "insert" },
      { action: "delete" },
      { key: "a", action: "delete", value: 1 },
      { key: "a", action: "extract", pattern: "(x)" },
      { key: "a", action: "extract", pattern: "(" },
      { key: "a", action: "convert" },
      { key: "a", value: 1, from_attribute: "b", action: "upsert" },
      { key: "a", from_context: "metadata.x", action: "upsert" },
    ],
    include: { match_type: "regexp", log_bodies: ["("], services: ["a"] },
  });
  for (const expected of [
    "actions::0: the action insert needs value or from_attribute",
    "actions::1: the action delete needs key or pattern",
    "actions::2::value: the action delete does not take value",
    "actions::3::pattern: every group must have a name, and one group at least",
    "actions::4::pattern: not a regular expression",
    "actions::5: the action convert needs converted_type",
    "actions::6::from_attribute: write value or from_attribute, not both",
    'actions::7::from_context: unknown key "from_context"',
    'include::services: unknown key "services"',
  ]) {
    assert.ok(
      messages.some((message) => message.startsWith(expected)),
      `${expected}\n${messages.join("\n")}`,
    );
  }
  assert.match(
    refused({ ...MARK, include: { match_type: "regexp", log_bodies: ["("] } }).join(),
    /include::log_bodies::0: not a regular/,
  );
  assert.match(refused({ ...MARK, include: { match_type: "strict" } }).join(), /include: needs log_bodies/);
});
