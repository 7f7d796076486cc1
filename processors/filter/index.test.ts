import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { recordingConsumer } from "#test/support/fake-consumers.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { process, processBoth, textRecord } from "#test/ottl/both-kinds.ts";
import { filterProcessor } from "./index.ts";

const RECORDS = [
  textRecord("health check", { user: "app" }),
  textRecord("Access denied for user 'root'", { user: "root" }, 13),
  textRecord("health check", { user: "root" }),
];

const bodies = (records: readonly Record<string, unknown>[]): unknown[] => records.map(({ body }) => body);

for (const [name, raw] of [
  ["the older way", { logs: { log_record: ['body == "health check"', 'attributes["user"] == "nobody"'] } }],
  ["flat", { log_conditions: ['log.body == "health check"', 'log.attributes["user"] == "nobody"'] }],
  [
    "in groups",
    {
      log_conditions: [
        { context: "log", conditions: ['body == "health check"'] },
        { conditions: ['attributes["user"] == "nobody"'] },
      ],
    },
  ],
] as const) {
  test(`conditions written ${name} drop the records on which one of them holds`, async () => {
    const { objects } = await processBoth(filterProcessor, raw, RECORDS);
    assert.deepEqual(bodies(objects.records), ["Access denied for user 'root'"]);
    assert.deepEqual(objects.context.rejected, []);
  });
}

test("when all records stay the same batch passes on, and when none does nothing is sent", async () => {
  for (const batch of [new ObjectBatch({ attributes: {} }, RECORDS), columnBatchOf({ attributes: {} }, RECORDS)]) {
    const all = await process(filterProcessor, { log_conditions: ['log.body == "no such body"'] }, batch);
    assert.equal(all.batches[0], batch);
    const none = await process(filterProcessor, { log_conditions: ["log.severity_number > 0"] }, batch);
    assert.deepEqual(none.batches, []);
    const empty = await process(filterProcessor, {}, batch);
    assert.equal(empty.batches[0], batch);
  }
});

test("a condition on the resource drops or keeps the whole batch", async () => {
  for (const raw of [
    { logs: { resource: ['attributes["service.name"] == "pd"'] } },
    { log_conditions: ['resource.attributes["service.name"] == "pd"'] },
    { log_conditions: [{ context: "resource", conditions: ['attributes["service.name"] == "pd"'] }] },
  ]) {
    const dropped = await processBoth(filterProcessor, raw, RECORDS, { "service.name": "pd" });
    assert.deepEqual(dropped.objects.records, []);
    const kept = await processBoth(filterProcessor, raw, RECORDS, { "service.name": "tidb" });
    assert.equal(kept.objects.records.length, 3);
  }
});

const FAILING = 'HasPrefix(log.attributes["missing"], "x")';

test("a condition that fails is passed over and told once a minute, and the next ones still count", async () => {
  const raw = { log_conditions: [FAILING, 'log.attributes["user"] == "app"'] };
  const { columns } = await processBoth(filterProcessor, raw, RECORDS);
  assert.deepEqual(bodies(columns.records), ["Access denied for user 'root'", "health check"]);
  assert.equal(columns.context.lines.length, 1);
  assert.deepEqual(columns.context.lines[0]?.fields, {
    place: "log_conditions::0::0",
    error: "HasPrefix: value must be a string, got nil",
    failures_not_logged: 0,
  });
});

test("silent does not log a failure, and a group may have its own mode", async () => {
  const silent = await processBoth(filterProcessor, { error_mode: "silent", log_conditions: [FAILING] }, RECORDS);
  assert.deepEqual(silent.columns.context.lines, []);
  const own = await processBoth(
    filterProcessor,
    { error_mode: "propagate", log_conditions: [{ error_mode: "silent", conditions: [FAILING] }] },
    RECORDS,
  );
  assert.equal(own.columns.records.length, 3);
});

test("propagate sets aside the record that could not be judged, with the reason, and judges the others", async () => {
  const raw = {
    error_mode: "propagate",
    log_conditions: ['log.attributes["user"] == "app"', 'Split(log.body, " ")[3] == "x"'],
  };
  const { columns } = await processBoth(filterProcessor, raw, RECORDS);
  assert.deepEqual(bodies(columns.records), ["Access denied for user 'root'"]);
  assert.equal(columns.context.rejected.length, 1);
  assert.deepEqual(
    [...(columns.context.rejected[0]?.records ?? [])].map(({ body }) => body),
    ["health check"],
  );
  assert.match(String(columns.context.rejected[0]?.reason.message), /a filter condition failed: .*out of bounds/);
});

test("dropped records are counted under the collector's name, and those that were set aside are not", async () => {
  const added: unknown[] = [];
  const context = fakeContext({ id: "filter/noise" });
  const meter = {
    ...context.meter,
    createCounter: (name: string) => ({
      add: (count: number, labels: object) =>
        void (name.includes("logs.filtered") && added.push([name, count, labels])),
    }),
  } as typeof context.meter;
  const raw = {
    error_mode: "propagate",
    log_conditions: [
      'log.body == "health check" and log.attributes["user"] == "app"',
      'Split(log.body, " ")[3] == "x"',
    ],
  };
  const next = recordingConsumer();
  const filter = filterProcessor.prepare(raw)({ ...context, meter }, next, next);
  await filter.consume(new ObjectBatch({ attributes: {} }, RECORDS), new AbortController().signal);
  await filter.consume(new ObjectBatch({ attributes: {} }, [RECORDS[1] ?? {}]), new AbortController().signal);
  assert.deepEqual(added, [["otelcol_processor_filter_logs.filtered", 1, { filter: "filter/noise" }]]);
  assert.equal(next.records.length, 2);
});

test("a column batch of which some stay remains a column batch", async () => {
  const { columns } = await processBoth(
    filterProcessor,
    { log_conditions: ['log.attributes["user"] == "app"'] },
    RECORDS,
  );
  assert.notEqual(columns.batches[0]?.columns, undefined);
});

test("every mistake of a configuration is told, with its key, its place in the text and the nearest name", () => {
  assert.throws(
    () =>
      filterProcessor.prepare({
        error_mode: "ignor",
        logs: { log_record: ["body ==", "true", "bodi == 1"] },
        log_conditions: [{ context: "log", conditions: ["severity_number > SEVERITY_NUMBER_WARM"] }],
      }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(
        error.issues.map(({ path, message, suggestion }) => [path.join("::"), message.slice(0, 42), suggestion]),
        [
          ["error_mode", "expected one of ignore, silent, propagate,", "ignore"],
          ["logs::log_record::0", "line 1, column 8: expected a value, but th", undefined],
          ["logs::log_record::2", 'line 1, column 1: unknown path "bodi" in t', "body"],
          ["log_conditions::0::conditions::0", 'line 1, column 19: unknown name "SEVERITY_', "SEVERITY_NUMBER_WARN"],
        ],
      );
      return true;
    },
  );
  for (const raw of [
    { logs: { log_record: ["true"] }, log_conditions: ["true"] },
    { log_conditions: ["true", { conditions: ["true"] }] },
    { logs: { include: {} } },
    { traces: {} },
  ]) {
    assert.throws(() => filterProcessor.prepare(raw), ConfigError, JSON.stringify(raw));
  }
});
