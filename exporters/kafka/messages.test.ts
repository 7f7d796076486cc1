import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectBatch, type PlainRecord } from "#core/object-batch.ts";
import { linesBatch } from "#test/oracle/lines-batch.ts";
import { createToMessages } from "./messages.ts";

const RESOURCE = { attributes: { "service.instance.id": "tidb-0" } };
const RECORD: PlainRecord = {
  timeUnixNano: 1_700_000_000_123_456_789n,
  observedTimeUnixNano: 1_700_000_001_000_000_000n,
  body: "hello\nworld",
  attributes: { "user.name": "a/b", "tidb.conn": 18_446_744_073_709_551_615n },
};

function messagesOf(config: Partial<Parameters<typeof createToMessages>[0]>, ...records: readonly PlainRecord[]) {
  const toMessages = createToMessages({ encoding: "json", partition_by: [], ...config });
  return toMessages(new ObjectBatch(RESOURCE, records));
}

test("json is one object a record, without the line feed", () => {
  const messages = messagesOf({}, RECORD, { body: "second" });
  assert.deepEqual(
    messages.map(({ index, value }) => [index, (JSON.parse(value.toString()) as { body: string }).body]),
    [
      [0, "hello\nworld"],
      [1, "second"],
    ],
  );
  assert.ok(!messages[0]!.value.includes("\n"));
});

test("otlp_json is one request a record", () => {
  const [message] = messagesOf({ encoding: "otlp_json" }, RECORD);
  const { resourceLogs } = JSON.parse(message!.value.toString()) as { resourceLogs: { scopeLogs: unknown[] }[] };
  assert.equal(resourceLogs.length, 1);
  assert.match(JSON.stringify(resourceLogs), /"stringValue":"hello\\nworld"/);
});

test("raw is the body of a record that never was a line", () => {
  assert.equal(messagesOf({ encoding: "raw" }, RECORD)[0]?.value.toString(), "hello\nworld");
});

test("raw is the line as it was read, even after the bytes of its batch are used again", () => {
  const toMessages = createToMessages({ encoding: "raw", partition_by: [] });
  const batch = linesBatch(["[INFO] one", "", "три \u0000"], { "log.file.path": "/tidb.log" });
  const messages = toMessages(batch);
  batch.columns.bytes.fill(0);
  assert.deepEqual(
    messages.map(({ value }) => value.toString()),
    ["[INFO] one", "", "три \u0000"],
  );
});

test("messages keep their bytes when the next batch is encoded", () => {
  const toMessages = createToMessages({ encoding: "json", partition_by: [] });
  const [first] = toMessages(new ObjectBatch(RESOURCE, [RECORD]));
  const before = first!.value.toString();
  toMessages(new ObjectBatch(RESOURCE, [{ body: "x".repeat(1000) }]));
  assert.equal(first!.value.toString(), before);
});

test("the key is made of the record's attributes, or else of its resource's; without any there is none", () => {
  const keys = (partition_by: string[], record: PlainRecord) => messagesOf({ partition_by }, record)[0]?.key;
  assert.equal(keys([], RECORD), null);
  assert.equal(keys(["user.name"], RECORD), "a/b");
  assert.equal(keys(["service.instance.id", "tidb.conn"], RECORD), "tidb-0/18446744073709551615");
  assert.equal(keys(["user.name", "missing"], RECORD), "a/b/");
  assert.equal(keys(["missing"], RECORD), null);
  assert.equal(keys(["__proto__", "constructor"], RECORD), null);
});

test("the time is that of the record, or else when it was seen", () => {
  assert.equal(messagesOf({}, RECORD)[0]?.timestamp, "1700000000123");
  assert.equal(messagesOf({}, { ...RECORD, timeUnixNano: 0n })[0]?.timestamp, "1700000001000");
});

test("the size counts key, value and what Kafka adds", () => {
  const [message] = messagesOf({ encoding: "raw", partition_by: ["user.name"] }, { ...RECORD, body: "é" });
  assert.equal(message?.sizeBytes, 2 + 3 + 32);
});
