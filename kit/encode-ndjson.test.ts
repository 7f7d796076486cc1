import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AttributeSet, type AttributeValue } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { rawColumns } from "#core/column-writer.ts";
import { KeyTable } from "#core/key-table.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { createRandom } from "#test/oracle/random.ts";
import { SCOPED_RESOURCE, typedBatches } from "#test/oracle/typed-batch.ts";
import { NdjsonEncoder } from "./encode-ndjson.ts";
import { toOtlpJson } from "./encode-otlp-json.ts";

const RESOURCE = { attributes: { "service.name": "tidb" } };

/** The same records, all materialised. */
function asObjects(batch: LogBatch): ObjectBatch {
  return new ObjectBatch(
    batch.resource,
    Array.from(batch, (record) => ({
      timeUnixNano: record.timeUnixNano,
      observedTimeUnixNano: record.observedTimeUnixNano,
      severityNumber: record.severityNumber,
      ...(record.severityText === undefined ? {} : { severityText: record.severityText }),
      ...(record.eventName === undefined ? {} : { eventName: record.eventName }),
      body: record.body,
      attributes: { ...record.attributes },
    })),
  );
}

function lines(batch: LogBatch): unknown[] {
  const { bytes, ends } = new NdjsonEncoder().encode(batch);
  const text = bytes.toString("utf8");
  assert.equal(ends.at(-1) ?? 0, bytes.length);
  const out: unknown[] = [];
  let from = 0;
  for (const to of ends) {
    const line = bytes.toString("utf8", from, to);
    assert.ok(line.endsWith("\n") && line.indexOf("\n") === line.length - 1, "one record, one line");
    out.push(JSON.parse(line));
    from = to;
  }
  assert.equal(text.split("\n").length - 1, ends.length);
  return out;
}

const RECORDS = [
  {
    timeUnixNano: 1_786_069_211_487_776_265n,
    observedTimeUnixNano: 1_786_069_212_000_000_000n,
    severityNumber: 13,
    severityText: "WARN",
    eventName: "tidb.slow_query",
    body: "plain",
    attributes: { conn: "8306449708033769879", sql: 'select "x"\n\u0000 größe \u2028', user: "a" },
  },
  { observedTimeUnixNano: 1_786_069_212_000_000_000n, severityNumber: 0, body: "", attributes: {} },
];

test("a record is one JSON object a line, its time exact to the nanosecond", () => {
  const [first, second] = lines(columnBatchOf(RESOURCE, RECORDS)) as Record<string, unknown>[];
  assert.deepEqual(first, {
    time: "2026-08-07T02:20:11.487776265Z",
    observed_time: "2026-08-07T02:20:12.000Z",
    severity_text: "WARN",
    severity_number: 13,
    event_name: "tidb.slow_query",
    body: "plain",
    attributes: RECORDS[0]?.attributes,
    resource: RESOURCE.attributes,
  });
  assert.deepEqual(Object.keys(second ?? {}), ["observed_time", "body", "attributes", "resource"]);
});

test("columns and objects with the same records come out the same, with layers that add, hide and overlap", () => {
  const columns = columnBatchOf(RESOURCE, RECORDS);
  const add = {
    sets: [new AttributeSet({ "user.name": "ü" }), new AttributeSet({ user: 7n, list: [1, "a"] })],
    index: Uint32Array.of(2, 1),
  };
  const all = { sets: [new AttributeSet({ file: "tidb.log" })], index: undefined };
  const overlapping = { sets: [new AttributeSet({ file: "other", conn: null })], index: Uint32Array.of(0, 1) };
  for (const layers of [[], [add], [all, add], [all, add, overlapping]]) {
    let layered: LogBatch = columns;
    for (const layer of layers) layered = layered.withLayer(layer);
    const plain = (value: AttributeValue): unknown =>
      JSON.parse(JSON.stringify(value, (_k, v: unknown) => (typeof v === "bigint" ? v.toString() : v)));
    const expected = lines(asObjects(layered));
    assert.deepEqual(lines(layered), expected);
    assert.deepEqual((expected[0] as { attributes: object }).attributes, plain(layered.at(0).attributes));
  }
});

test("real log lines come out as the materialised records do, also when bytes are no UTF-8", async () => {
  const { BatchParser } = await import("#tidb/parse-batch.ts");
  const { attributeName } = await import("#tidb/field-names.ts");
  const file = readFileSync(new URL("../tidb/testdata/lines.log", import.meta.url));
  for (const bytes of [
    file,
    Buffer.concat([
      file,
      Buffer.from('[2026/08/07 10:15:02.118 +08:00] [INFO] [a.go:1] [x] [k=\xff] [l="\xfe"]\n', "latin1"),
    ]),
  ]) {
    const start: number[] = [];
    const end: number[] = [];
    for (let at = 0; at < bytes.length; at = (end.at(-1) ?? 0) + 1) {
      start.push(at);
      end.push(bytes.indexOf(0x0a, at));
    }
    const keys = new KeyTable(attributeName);
    const raw = rawColumns(bytes, Uint32Array.from(start), Uint32Array.from(end), keys, 5_000_000n);
    const batch = new ColumnBatch(RESOURCE, new BatchParser(keys).parse(raw).columns);
    assert.deepEqual(lines(batch), lines(asObjects(batch)));
  }
});

test("values of every kind, trace context and scope are written as those of objects are", () => {
  const random = createRandom(71);
  const keys = new KeyTable();
  for (let round = 0; round < 100; round++) {
    const { columns, objects } = typedBatches(random, Math.floor(random() * 8), keys);
    const encode = (batch: LogBatch): string => new NdjsonEncoder().encode(batch).bytes.toString();
    assert.equal(encode(columns), encode(objects));
    assert.equal(toOtlpJson(columns), toOtlpJson(objects));
  }
  const [line] = lines(
    new ObjectBatch(SCOPED_RESOURCE, [{ traceId: "0a".repeat(16), spanId: "0b".repeat(8), traceFlags: 1, body: 7n }]),
  ) as Record<string, unknown>[];
  assert.deepEqual(
    { ...line, observed_time: undefined },
    {
      observed_time: undefined,
      trace_id: "0a".repeat(16),
      span_id: "0b".repeat(8),
      trace_flags: 1,
      body: "7",
      attributes: {},
      resource: SCOPED_RESOURCE.attributes,
      scope: { name: "shop.checkout", version: "1.2", attributes: { zone: "a" } },
    },
  );
});
