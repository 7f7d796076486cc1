import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeProto } from "#test/oracle/otlp-proto.ts";
import { batchOf, started } from "#test/support/otlp-http-exporter.ts";
import { type HttpAnswer, startHttp } from "#test/support/start-http.ts";

const NEVER = new AbortController().signal;
const JSON_TYPE = { "content-type": "application/json" };
const PROTO_TYPE = { "content-type": "application/x-protobuf" };

const PARTIAL: [rejected: number, which: string][] = [
  [1, "1 of 3 records and does not say which"],
  [3, "all 3 records"],
  [99, "all 3 records"],
];

for (const [rejectedLogRecords, which] of PARTIAL) {
  for (const encoding of ["proto", "json"]) {
    test(`${rejectedLogRecords} rejected of 3 (${encoding}): nothing is sent again, all are set aside with the reason`, async (t) => {
      const response = { partialSuccess: { rejectedLogRecords: String(rejectedLogRecords), errorMessage: "too old" } };
      const answer =
        encoding === "json"
          ? { headers: JSON_TYPE, body: JSON.stringify(response) }
          : { headers: PROTO_TYPE, body: encodeProto("ExportLogsServiceResponse", response) };
      await using server = await startHttp([{ status: 200, ...answer }]);
      const { exporter, context } = await started(t, { endpoint: server.url, encoding });
      await exporter.consume(batchOf("a", "b", "c"), NEVER);
      assert.equal(server.requests.length, 1);
      assert.deepEqual(
        context.rejected.map(({ records, reason }) => [records.size, reason.code, reason.message]),
        [[3, "otlp_rejected", `the receiver rejected ${which}: too old`]],
      );
    });
  }
}

const ODD: [name: string, answer: Exclude<HttpAnswer, string>, sentence: RegExp][] = [
  [
    "a warning",
    { status: 200, headers: JSON_TYPE, body: '{"partialSuccess":{"errorMessage":"use a newer schema"}}' },
    /with a warning/,
  ],
  ["a web page", { status: 200, headers: { "content-type": "text/html" }, body: "<html>hello" }, /not OTLP/],
  ["broken protobuf", { status: 200, headers: PROTO_TYPE, body: "\xff\xff" }, /not OTLP/],
  ["an endless answer", { status: 200, headers: JSON_TYPE, body: "x".repeat(200_000) }, /not OTLP/],
];

for (const [name, answer, sentence] of ODD) {
  test(`200 with ${name}: the records count as sent, and a line says so, once a minute at most`, async (t) => {
    await using server = await startHttp([answer]);
    const { exporter, context, clock } = await started(t, { endpoint: server.url });
    for (let n = 0; n < 3; n++) await exporter.consume(batchOf("x"), NEVER);
    assert.equal(context.lines.length, 1);
    assert.match(context.lines[0]?.sentence ?? "", sentence);
    await clock.advance(60_000);
    await exporter.consume(batchOf("x"), NEVER);
    assert.equal(context.lines.length, 2);
    assert.deepEqual([server.requests.length, context.rejected.length], [4, 0]);
  });
}

test("any 2xx takes the records", async (t) => {
  await using server = await startHttp([
    { status: 201 },
    { status: 202, body: "{}", headers: JSON_TYPE },
    { status: 204 },
  ]);
  const { exporter, context } = await started(t, { endpoint: server.url });
  for (let n = 0; n < 3; n++) await exporter.consume(batchOf("x"), NEVER);
  assert.deepEqual([context.lines, context.rejected], [[], []]);
});
