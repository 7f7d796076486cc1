import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { process, processBoth, textRecord } from "#test/ottl/both-kinds.ts";
import { transformProcessor } from "./index.ts";

const RECORDS = [
  textRecord("login failed", { user: "root", "db.query.text": "select 'secret'" }, 13),
  textRecord('{"level":"warn","conn":8306449708033769879}', { user: "app" }),
  textRecord("", {}),
];

const attributes = (records: readonly Record<string, unknown>[]): unknown[] =>
  records.map((record) => record["attributes"]);

test("statements run in order, flat or in groups with conditions", async () => {
  const flat = {
    log_statements: [
      'set(log.attributes["n"], Len(log.body))',
      'set(log.attributes["m"], log.attributes["n"] + 1) where log.attributes["user"] == "root"',
    ],
  };
  const { objects } = await processBoth(transformProcessor, flat, RECORDS);
  assert.deepEqual(attributes(objects.records), [
    { ...RECORDS[0]?.attributes, n: 12, m: 13 },
    { user: "app", n: 43 },
    { n: 0 },
  ]);
  const grouped = {
    log_statements: [
      {
        context: "log",
        conditions: ['attributes["user"] == "root"', 'attributes["user"] == "app"'],
        statements: ['set(attributes["known"], true)'],
      },
      {
        conditions: ['IsMatch(log.body, "^\\\\{")'],
        statements: ['merge_maps(log.attributes, ParseJSON(log.body), "insert")'],
      },
    ],
  };
  const { columns } = await processBoth(transformProcessor, grouped, RECORDS);
  assert.deepEqual(attributes(columns.records), [
    { ...RECORDS[0]?.attributes, known: true },
    { user: "app", known: true, level: "warn", conn: "8306449708033769879" },
    {},
  ]);
});

test("records that only gain attributes stay the bytes they are, and a batch without a change is passed on as it is", async () => {
  const batch = columnBatchOf({ attributes: {} }, RECORDS);
  const added = await process(
    transformProcessor,
    { log_statements: ['set(log.attributes["new"], 1) where log.body == ""'] },
    batch,
  );
  assert.equal(added.batches[0]?.columns, batch.columns);
  const same = await process(
    transformProcessor,
    { log_statements: ['set(log.attributes["new"], 1) where log.body == "no"'] },
    batch,
  );
  assert.equal(same.batches[0], batch);
});

test("what a statement replaced or deleted is in no byte that goes on", async () => {
  for (const statement of [
    'replace_pattern(log.attributes["db.query.text"], "secret", "***")',
    'delete_key(log.attributes, "db.query.text")',
    'keep_keys(log.attributes, ["user"])',
    'set(log.attributes["db.query.text"], "gone")',
  ]) {
    const { columns } = await processBoth(transformProcessor, { log_statements: [statement] }, RECORDS);
    assert.equal(columns.batches[0]?.columns, undefined, statement);
    assert.ok(!JSON.stringify(columns.records).includes("secret"), statement);
    assert.deepEqual(
      columns.records.map(({ body }) => body),
      RECORDS.map(({ body }) => body),
    );
  }
});

test("body, severity, event name and time can be changed, and the order of the records stays", async () => {
  const raw = {
    log_statements: [
      'set(log.body, ParseJSON(log.body)) where HasPrefix(log.body, "{")',
      'set(log.severity_text, body["level"]) where IsMap(log.body)',
      'set(log.severity_number, SEVERITY_NUMBER_ERROR) where log.severity_text == "warn"',
      'set(log.event_name, "tidb.json") where IsMap(log.body)',
      "set(log.time_unix_nano, 1000) where IsMap(log.body)",
    ],
  };
  const { objects } = await processBoth(transformProcessor, raw, RECORDS);
  assert.deepEqual(
    objects.records.map(({ body }) => body),
    ["login failed", { level: "warn", conn: "8306449708033769879" }, ""],
  );
  const [, changed] = objects.records;
  assert.deepEqual(
    [changed?.["severity_text"], changed?.["severity_number"], changed?.["event_name"], changed?.["time"]],
    ["warn", 17, "tidb.json", "1970-01-01T00:00:00.000001000Z"],
  );
});

test("statements about the resource run once per batch, also from the log context", async () => {
  const resource = { "service.name": "tidb", "host.name": "h" };
  const raw = {
    log_statements: ['delete_key(resource.attributes, "host.name")', 'set(resource.attributes["zone"], "a")'],
  };
  const { columns } = await processBoth(transformProcessor, raw, RECORDS, resource);
  assert.deepEqual(
    columns.records.map((record) => record["resource"]),
    RECORDS.map(() => ({ "service.name": "tidb", zone: "a" })),
  );
  const fromLog = {
    log_statements: ['set(resource.attributes["user"], log.attributes["user"]) where log.attributes["user"] == "app"'],
  };
  const both = await processBoth(transformProcessor, fromLog, RECORDS, resource);
  assert.deepEqual(
    both.objects.records.map((record) => record["resource"]),
    RECORDS.map(() => ({ ...resource, user: "app" })),
  );
});

const FAILING = 'set(log.attributes["json"], ParseJSON(log.body))';

test("a statement that fails is logged once a minute and the next ones run on the same record", async () => {
  const { columns } = await processBoth(
    transformProcessor,
    { log_statements: [FAILING, 'set(log.attributes["after"], true)'] },
    RECORDS,
  );
  assert.deepEqual(
    attributes(columns.records).map((set) => (set as { after: unknown }).after),
    [true, true, true],
  );
  assert.deepEqual(
    columns.context.lines.map(({ fields }) => [fields["place"], fields["error"]]),
    [["log_statements::0::statements::0", "ParseJSON: target is no JSON"]],
  );
});

test("propagate sets the single record aside as it came, and the others go on", async () => {
  const raw = { error_mode: "propagate", log_statements: ['set(log.attributes["before"], 1)', FAILING] };
  const { columns } = await processBoth(transformProcessor, raw, RECORDS);
  assert.deepEqual(
    columns.records.map(({ body }) => body),
    [RECORDS[1]?.body],
  );
  assert.deepEqual(columns.context.lines, []);
  const [aside, ...more] = columns.context.rejected;
  assert.deepEqual(more, []);
  assert.deepEqual(
    Array.from(aside?.records ?? [], ({ body, attributes: own }) => [body, { ...own }]),
    [
      ["login failed", RECORDS[0]?.attributes],
      ["", {}],
    ],
  );
  assert.equal(aside?.reason.message, "a statement failed: ParseJSON: target is no JSON");
});

test("no further group runs on a record that is set aside", async () => {
  const raw = {
    error_mode: "propagate",
    log_statements: [{ statements: [FAILING] }, { statements: ['set(resource.attributes["seen"], log.body)'] }],
  };
  const { objects } = await processBoth(transformProcessor, raw, [RECORDS[1] ?? {}, RECORDS[0] ?? {}]);
  assert.deepEqual(objects.records[0]?.["resource"], { seen: RECORDS[1]?.body });
});

test("when every record is set aside nothing is sent", async () => {
  const raw = { error_mode: "propagate", log_statements: ["set(log.body, 1 / 0)"] };
  const { objects } = await processBoth(transformProcessor, raw, RECORDS);
  assert.deepEqual(objects.batches, []);
  assert.equal(objects.context.rejected[0]?.records.size, 3);
});

test("a group's own error mode wins over the one above", async () => {
  const raw = { error_mode: "propagate", log_statements: [{ error_mode: "silent", statements: [FAILING] }] };
  const { objects } = await processBoth(transformProcessor, raw, RECORDS);
  assert.equal(objects.records.length, 3);
  assert.deepEqual(objects.context.lines, []);
});

test("every mistake of a configuration is told at once", () => {
  assert.throws(
    () =>
      transformProcessor.prepare({
        log_statements: [
          { contxt: "log", statements: ["set(body, 1)"] },
          {
            context: "resource",
            conditions: ["log.body == 1"],
            statements: ["sett(attributes, 1)", 'set(attributes["a"], SHA256)'],
          },
        ],
      }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      const issues = error.issues.map(({ path, message }) => `${path.join("::")} ${message}`);
      for (const expected of [
        /^log_statements::0::contxt unknown key "contxt"/,
        /^log_statements::1::conditions::0 line 1, column 1: in the context resource there is no log/,
        /^log_statements::1::statements::0 line 1, column 1: unknown editor "sett"/,
        /^log_statements::1::statements::1 line 1, column 22: unknown name "SHA256"/,
      ]) {
        assert.ok(
          issues.some((issue) => expected.test(issue)),
          `${expected} in ${issues.join("\n")}`,
        );
      }
      return true;
    },
  );
});

test("random statements come to the same on both kinds of batch", async () => {
  const random = createRandom(17);
  const statements = [
    'set(log.attributes["x"], log.attributes["user"])',
    'set(log.attributes["user"], "changed") where log.severity_number > 9',
    'set(log.attributes["c"], Concat([log.body, log.attributes["user"]], "/"))',
    'delete_key(log.attributes, "user")',
    'merge_maps(log.attributes, {"user": "m", "k": 1}, "insert")',
    'replace_all_patterns(log.attributes, "value", "[aeiou]", "_")',
    'set(log.body, log.attributes["c"])',
    'set(log.severity_text, "X") where log.body == ""',
    "truncate_all(log.attributes, 3)",
    'limit(log.attributes, 1, ["k"])',
    'set(log.attributes["t"], UnixNano(log.time))',
    'keep_matching_keys(log.attributes, "^[a-k]")',
  ];
  for (let round = 0; round < 150; round++) {
    const chosen = Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(random, statements));
    const error_mode = pick(random, ["ignore", "propagate"]);
    await processBoth(transformProcessor, { error_mode, log_statements: chosen }, RECORDS, { r: "1" });
  }
});

test("a batch of objects that others hold, too, is not changed", async () => {
  const batch = new ObjectBatch({ attributes: { r: 1 } }, [{ body: { a: { b: 1 } }, attributes: { m: { n: [1] } } }]);
  const before = JSON.stringify([batch.at(0).body, batch.at(0).attributes, batch.resource]);
  const raw = {
    log_statements: [
      'set(log.body["a"]["b"], 2)',
      'set(log.attributes["m"]["n"][0], 2)',
      'set(resource.attributes["r"], 2)',
    ],
  };
  const { records } = await process(transformProcessor, raw, batch);
  assert.equal(JSON.stringify([batch.at(0).body, batch.at(0).attributes, batch.resource]), before);
  assert.deepEqual(
    [records[0]?.["body"], records[0]?.["attributes"], records[0]?.["resource"]],
    [{ a: { b: 2 } }, { m: { n: [2] } }, { r: 2 }],
  );
});
