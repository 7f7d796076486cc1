import assert from "node:assert/strict";
import { test } from "node:test";
import { AttributeSet } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import { KeyTable } from "#core/key-table.ts";
import { ObjectBatch, type PlainRecord } from "#core/object-batch.ts";
import { NdjsonEncoder } from "#kit/encode-ndjson.ts";
import { type LineFormat, recordLine } from "#kit/record-json.ts";
import { FILE, randomBatch, SESSIONS } from "#test/oracle/random-batch.ts";
import { randomAttributes, randomValue } from "#test/oracle/random-value.ts";
import { createRandom } from "#test/oracle/random.ts";
import { parseBulk } from "#test/support/bulk-server.ts";
import { createToBulkBody } from "./bulk-body.ts";
import { elasticsearchConfig } from "./config.ts";
import { targetOf } from "./data-stream.ts";
import { otelFormat, PLAIN_FORMAT } from "./document-formats.ts";

const RESOURCE = {
  attributes: { "service.name": "tidb", "data_stream.dataset": "TiDB-audit", "data_stream.namespace": "prod" },
};
const RECORD: PlainRecord = {
  timeUnixNano: 1_786_069_211_487_776_265n,
  observedTimeUnixNano: 1_786_069_212_000_000_000n,
  severityNumber: 13,
  severityText: "WARN",
  eventName: "tidb.slow_query",
  body: "slow",
  attributes: { "user.name": "app", "client.address": "10.0.0.7", "client.port": 4711, conn: 2n ** 63n },
};

const settingsOf = (raw: object) => elasticsearchConfig.parse({ endpoint: "http://es", ...raw });

function documentsOf(batch: LogBatch, raw: object): Record<string, unknown>[] {
  const body = createToBulkBody(settingsOf(raw))(batch);
  return parseBulk({ method: "POST", url: "", headers: {}, body, clientName: undefined }).map(({ source }) => source);
}

test("otel: a document as Elasticsearch's templates for OpenTelemetry have it", () => {
  assert.deepEqual(documentsOf(new ObjectBatch(RESOURCE, [RECORD]), {}), [
    {
      "@timestamp": "2026-08-07T02:20:11.487776265Z",
      observed_timestamp: "2026-08-07T02:20:12.000Z",
      severity_text: "WARN",
      severity_number: 13,
      event_name: "tidb.slow_query",
      body: { text: "slow" },
      attributes: {
        "user.name": "app",
        "client.address": "10.0.0.7",
        "client.port": 4711,
        conn: "9223372036854775808",
      },
      resource: { attributes: { "service.name": "tidb" } },
      scope: { name: "tidewatch" },
      data_stream: { type: "logs", dataset: "tidb_audit.otel", namespace: "prod" },
    },
  ]);
});

test("otel: a map is structured, anything else is text, and an index of one's own has no data_stream", () => {
  const bodies = [{ a: 1 }, ["a", 2], 7, null, true].map((body) => ({ body }));
  const documents = documentsOf(new ObjectBatch(RESOURCE, bodies), { logs_index: "mine" });
  assert.deepEqual(
    documents.map(({ body }) => body),
    [{ structured: { a: 1 } }, { text: '["a",2]' }, { text: "7" }, { text: "" }, { text: "true" }],
  );
  assert.equal(documents[0]?.data_stream, undefined);
});

test("none: the collector's names", () => {
  assert.deepEqual(Object.keys(documentsOf(new ObjectBatch(RESOURCE, [RECORD]), { mapping: { mode: "none" } })[0]!), [
    "@timestamp",
    "SeverityText",
    "SeverityNumber",
    "EventName",
    "Body",
    "Attributes",
    "Resource",
    "Scope",
  ]);
});

test("ecs: what differs is renamed, and no record overwrites what its document is", () => {
  const hostile = {
    "@timestamp": "x",
    message: "x",
    "event.kind": "x",
    ["__proto__"]: "x",
    "client.address": "a host",
  };
  const records = [RECORD, { ...RECORD, attributes: hostile }];
  const [plain, other] = documentsOf(new ObjectBatch(RESOURCE, records), { mapping: { mode: "ecs" } });
  assert.deepEqual(plain, {
    "service.name": "tidb",
    "user.name": "app",
    "source.address": "10.0.0.7",
    "source.ip": "10.0.0.7",
    "source.port": 4711,
    conn: "9223372036854775808",
    "@timestamp": "2026-08-07T02:20:11.487776265Z",
    message: "slow",
    "ecs.version": "8.17.0",
    "event.kind": "event",
    "event.action": "tidb.slow_query",
    "log.level": "WARN",
  });
  assert.deepEqual(
    [other?.["@timestamp"], other?.message, other?.["event.kind"], other?.["source.ip"]],
    ["2026-08-07T02:20:11.487776265Z", "slow", "event", undefined],
  );
});

test("a record without a time has the time when it was seen, in every mapping", () => {
  const random = createRandom(5);
  const columns = randomBatch(random, 40, new KeyTable(), true);
  assert.ok(
    [...columns].some(({ timeUnixNano }) => timeUnixNano === 0n),
    "no record is without a time",
  );
  for (const mode of ["otel", "ecs", "none"]) {
    const documents = documentsOf(columns, { mapping: { mode } });
    for (const [i, { timeUnixNano }] of [...columns].entries()) {
      if (timeUnixNano === 0n) assert.equal(documents[i]?.["@timestamp"], "2026-08-07T02:20:12.000Z", mode);
      else assert.notEqual(documents[i]?.["@timestamp"], undefined);
    }
  }
});

const FORMATS: [name: string, format: LineFormat][] = [
  ["otel", otelFormat(settingsOf({}))],
  ["none", PLAIN_FORMAT],
];

for (const [name, format] of FORMATS) {
  test(`${name}: columns are written as their records are one by one, and each is one line`, () => {
    const encoder = new NdjsonEncoder(format);
    const random = createRandom(11);
    for (let round = 0; round < 150; round++) {
      const count = Math.floor(random() * 30);
      let batch: LogBatch = randomBatch(random, count, new KeyTable(), random() < 0.5).withLayer(FILE);
      const index = Uint32Array.from({ length: count }, () => Math.floor(random() * (SESSIONS.length + 1)));
      batch = batch.withLayer({ sets: SESSIONS, index });
      if (random() < 0.2) batch = batch.withLayer({ sets: [new AttributeSet({ a: "hides" })], index: undefined });
      if (random() < 0.3) {
        const records = Array.from({ length: count }, () => ({
          body: randomValue(random),
          attributes: randomAttributes(random, 4),
        }));
        batch = new ObjectBatch(RESOURCE, records);
      }
      const { bytes, ends } = encoder.encode(batch);
      for (const [i, record] of [...batch].entries()) {
        const line = bytes.toString("utf8", i === 0 ? 0 : ends[i - 1], ends[i]);
        assert.equal(line.indexOf("\n"), line.length - 1, "one record, one line");
        const frame = format.frame(batch.resource, record.observedTimeUnixNano);
        assert.deepEqual(JSON.parse(line), JSON.parse(recordLine(record, frame, format)));
      }
    }
  });
}

const TARGETS: [attributes: Record<string, string | number>, index: string][] = [
  [{}, "logs-generic.otel-default"],
  [{ "data_stream.dataset": "tidb.audit" }, "logs-tidb.audit.otel-default"],
  [{ "data_stream.dataset": "tidb.otel" }, "logs-tidb.otel-default"],
  [{ "data_stream.dataset": "A-b/c*d", "data_stream.namespace": "größe #1" }, "logs-a_b_c_d.otel-gr__e__1"],
  [{ "data_stream.dataset": "", "data_stream.namespace": 7 }, "logs-generic.otel-default"],
  [{ "data_stream.dataset": "x".repeat(500) }, `logs-${"x".repeat(95)}.otel-default`],
];

for (const [attributes, index] of TARGETS) {
  test(`resource ${JSON.stringify(attributes).slice(0, 80)} goes to ${index.slice(0, 40)}`, () => {
    assert.equal(targetOf({ attributes }, settingsOf({})).index, index);
    assert.equal(targetOf({ attributes }, settingsOf({ logs_index: "mine" })).index, "mine");
  });
}
