import assert from "node:assert/strict";
import { test } from "node:test";
import { type Attributes, AttributeSet, type AttributeValue } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import { KeyTable } from "#core/key-table.ts";
import { ObjectBatch, type PlainRecord } from "#core/object-batch.ts";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { linesBatch } from "#test/oracle/lines-batch.ts";
import { decodeProto } from "#test/oracle/otlp-proto.ts";
import { FILE, randomBatch, RESOURCE, SESSIONS } from "#test/oracle/random-batch.ts";
import { randomAttributes, randomValue } from "#test/oracle/random-value.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { toOtlpJson } from "../encode-otlp-json.ts";
import { OtlpLogsEncoder } from "./encode-logs.ts";

interface KeyValue {
  readonly key?: string;
  readonly value?: object;
}

interface Request {
  readonly resourceLogs: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeLogs: readonly {
      readonly scope: { readonly name: string };
      readonly logRecords?: readonly Record<string, unknown>[];
    }[];
  }[];
}

/** As a receiver reads it. */
function read(batch: LogBatch, encoder = new OtlpLogsEncoder()): Request {
  return decodeProto("ExportLogsServiceRequest", encoder.encode(batch)) as Request;
}

const wellFormed = (text: string): string => text.toWellFormed();

/** What an AnyValue has to be for a value of ours: written from the specification, not from the encoder. */
function anyValue(value: AttributeValue): object {
  if (value === null) return {};
  if (typeof value === "string") return { stringValue: wellFormed(value) };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "bigint") {
    const text = value.toString();
    return BigInt.asIntN(64, value) === value ? { intValue: text } : { stringValue: text };
  }
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return { intValue: BigInt(value).toString() };
    return { doubleValue: Number.isFinite(value) ? value : String(value) };
  }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return { arrayValue: { values: (value as AttributeValue[]).map(anyValue) } };
  return { kvlistValue: { values: keyValues(value as Attributes) } };
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key: wellFormed(key), value: anyValue(value) }));
}

/** Without the differences that mean nothing: fields that have their default, and the order of attributes. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, normal(inner)] as const);
  const kept = entries.filter(([key, inner]) => !(DEFAULTS.has(key) && isEmpty(inner)));
  return Object.fromEntries(kept.map(([key, inner]) => [key, key === "attributes" ? sorted(inner) : inner]));
}

const DEFAULTS = new Set([
  "key",
  "values",
  "attributes",
  "eventName",
  "severityText",
  "observedTimeUnixNano",
  "resource",
  "value",
  "logRecords",
]);

function isEmpty(value: unknown): boolean {
  if (value === "" || value === "0") return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function sorted(attributes: unknown): unknown {
  const list = attributes as { key?: string }[];
  return list.toSorted((a, b) => ((a.key ?? "") < (b.key ?? "") ? -1 : 1));
}

function expected(batch: LogBatch): unknown {
  const logRecords = Array.from(batch, (record) => ({
    ...(record.timeUnixNano > 0n && { timeUnixNano: record.timeUnixNano.toString() }),
    observedTimeUnixNano: record.observedTimeUnixNano.toString(),
    ...(record.severityNumber !== 0 && { severityNumber: record.severityNumber }),
    ...(record.severityText !== undefined && { severityText: record.severityText }),
    ...(record.eventName !== undefined && { eventName: record.eventName }),
    body: anyValue(record.body),
    attributes: keyValues(record.attributes),
  }));
  const resource = { attributes: keyValues(batch.resource.attributes) };
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: "tidewatch" }, logRecords }] }] };
}

function check(batch: LogBatch, message: string, encoder = new OtlpLogsEncoder()): void {
  const wanted = normal(expected(batch));
  assert.deepEqual(normal(read(batch, encoder)), wanted, message);
  assert.deepEqual(normal(JSON.parse(toOtlpJson(batch))), wanted, `${message}, as JSON`);
}

test("column batches of every kind come out as their records say", () => {
  const encoder = new OtlpLogsEncoder();
  for (let seed = 1; seed <= 60; seed++) {
    const random = createRandom(seed);
    const keys = new KeyTable();
    const count = Math.floor(random() * 60);
    const batch = randomBatch(random, count, keys, seed % 2 === 0);
    const index = Uint32Array.from({ length: count }, () => Math.floor(random() * (SESSIONS.length + 1)));
    const layered = batch.withLayer(FILE).withLayer({ sets: SESSIONS, index });
    const hiding = layered.withLayer({ sets: [new AttributeSet({ "c.d": 2n ** 63n })], index: undefined });
    const clashing = hiding.withLayer({ sets: [new AttributeSet({ "user.name": null })], index: undefined });
    for (const [name, each] of Object.entries({ batch, layered, hiding, clashing })) {
      check(each, `${name}, seed ${seed}`, encoder);
      check(
        each.select([...Array(count).keys()].filter((i) => i % 3 === 1)),
        `${name} selected, seed ${seed}`,
        encoder,
      );
    }
  }
});

test("object batches with every kind of value come out as their records say", () => {
  const encoder = new OtlpLogsEncoder();
  for (let seed = 1; seed <= 200; seed++) {
    const random = createRandom(seed);
    const records = Array.from({ length: Math.floor(random() * 10) }, () => randomRecord(random));
    const resource = { attributes: randomAttributes(random, 3) };
    check(new ObjectBatch(resource, records), `seed ${seed}`, encoder);
  }
});

function randomRecord(random: () => number): PlainRecord {
  const time = BigInt(Math.floor(random() * 2 ** 52)) << BigInt(Math.floor(random() * 12));
  return {
    timeUnixNano: random() < 0.2 ? 0n : time,
    observedTimeUnixNano: pick(random, [0n, 1n, 2n ** 32n, 2n ** 64n - 1n, time]),
    severityNumber: pick(random, [0, 1, 9, 24, 2 ** 31 - 1]),
    ...(random() < 0.5 && { severityText: pick(random, ["", "WARN", "größe"]) }),
    ...(random() < 0.5 && { eventName: pick(random, ["", "tidewatch.alert"]) }),
    body: randomValue(random),
    attributes: randomAttributes(random, 6),
  };
}

test("times are exact to the nanosecond in columns as in objects, from 1970 to 2554", () => {
  const random = createRandom(7);
  const times = [0n, 1n, 999_999n, 1_000_000n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n + 1n, 1_786_069_212_345_678_901n];
  for (let n = 0; n < 300; n++) times.push(BigInt(Math.floor(random() * 2 ** 53)) * 2000n + BigInt(n));
  const records = times.map((timeUnixNano) => ({ timeUnixNano, body: "x" }));
  const written = read(columnBatchOf(RESOURCE, records)).resourceLogs[0]?.scopeLogs[0]?.logRecords;
  assert.deepEqual(
    written?.map(({ timeUnixNano }) => timeUnixNano ?? "0"),
    times.map(String),
  );
});

test("what OTLP cannot hold does not spoil the request: times, integers and severities out of range", () => {
  const year9999 = 253_402_300_799_000_000_000n;
  const records: PlainRecord[] = [
    { timeUnixNano: year9999, body: "a", severityNumber: -1 },
    { timeUnixNano: -1_000_000n, body: "b", severityNumber: 2 ** 40 },
    { timeUnixNano: 1n, body: "c", severityNumber: 1.5 },
  ];
  for (const batch of [new ObjectBatch(RESOURCE, records), columnBatchOf(RESOURCE, records)]) {
    for (const request of [read(batch), JSON.parse(toOtlpJson(batch)) as Request]) {
      const written = request.resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [];
      assert.deepEqual(
        written.map(({ timeUnixNano, severityNumber }) => [timeUnixNano, severityNumber]),
        [
          [undefined, undefined],
          [undefined, undefined],
          ["1", undefined],
        ],
      );
    }
  }
});

test("raw lines are the body; what is no UTF-8 in them is replaced, a character cut in two included", () => {
  const batch = linesBatch(["plain", "größe", ""], { "log.file.name": "tidb.log" });
  check(batch, "lines");
  const { columns } = batch;
  const cut = { ...columns, start: columns.start.slice(), end: columns.end.slice() };
  cut.start[1] = (columns.start[1] as number) + 3; // in the middle of ö
  cut.end[0] = (columns.start[1] as number) + 3;
  const bodies = (each: LogBatch): unknown[] =>
    read(each).resourceLogs[0]?.scopeLogs[0]?.logRecords?.map(
      ({ body }) => (body as { stringValue: string }).stringValue,
    ) ?? [];
  const halves = new (batch.constructor as new (...args: unknown[]) => LogBatch)(batch.resource, cut);
  assert.deepEqual(bodies(halves), ["plain\ngr\ufffd", "\ufffdße", ""]);
  columns.bytes[columns.bytes.length - 3] = 0xff;
  assert.equal(bodies(batch)[0], "plain");
  assert.ok(String(bodies(batch)[1]).includes("\ufffd"));
});

test("values deeper than any receiver reads are written as JSON", () => {
  let deep: AttributeValue = "bottom";
  for (let n = 0; n < 500; n++) deep = [deep];
  const text = JSON.stringify(read(new ObjectBatch(RESOURCE, [{ body: deep }])));
  assert.ok(text.includes("bottom"));
  assert.equal(text.split("arrayValue").length - 1, 32);
});

test("a large batch grows the memory, and the next one does not see it", () => {
  const encoder = new OtlpLogsEncoder();
  const large = new ObjectBatch(RESOURCE, [{ body: "ä".repeat(10_000_000) }]);
  const first = encoder.encode(large);
  check(new ObjectBatch(RESOURCE, [{ body: "small" }]), "after a large one", encoder);
  assert.ok(first.length > 20_000_000);
  assert.ok(first.equals(encoder.encode(large)), "what was handed out has changed");
});

test("a batch without records is a request without records", () => {
  assert.deepEqual(normal(read(new ObjectBatch({ attributes: {} }, []))), {
    resourceLogs: [{ scopeLogs: [{ scope: { name: "tidewatch" } }] }],
  });
});
