import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeProto, encodeProto } from "#test/oracle/otlp-proto.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { parseExportResponse, parseStatusMessage } from "./export-response.ts";

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json; charset=utf-8";

const proto = (bytes: Uint8Array) => parseExportResponse({ body: Buffer.from(bytes), contentType: PROTOBUF });
const json = (text: string) => parseExportResponse({ body: Buffer.from(text), contentType: JSON_TYPE });

const CASES: [rejected: string, message: string, read: number][] = [
  ["0", "", 0],
  ["3", "two were too old", 3],
  ["0", "größe 😀", 0],
  ["9007199254740993", "", 2 ** 53],
  ["-5", "negative", 0],
];

for (const [rejected, message, read] of CASES) {
  test(`${rejected} rejected records and ${JSON.stringify(message)} are read, in protobuf and in JSON`, () => {
    const partialSuccess = { rejectedLogRecords: rejected, errorMessage: message };
    const wanted = { rejected: read, message };
    assert.deepEqual(proto(encodeProto("ExportLogsServiceResponse", { partialSuccess })), wanted);
    assert.deepEqual(json(JSON.stringify({ partialSuccess })), wanted);
  });
}

test("full success is an empty body, an empty message or an empty object", () => {
  const full = { rejected: 0, message: "" };
  assert.deepEqual(proto(Buffer.alloc(0)), full);
  assert.deepEqual(proto(encodeProto("ExportLogsServiceResponse", { partialSuccess: {} })), full);
  for (const text of ["", "{}", '{"partialSuccess":{}}', '{"partialSuccess":null,"other":[1]}'])
    assert.deepEqual(json(text), full, text);
  assert.deepEqual(parseExportResponse({ body: Buffer.alloc(0), contentType: "text/html" }), full);
  assert.deepEqual(parseExportResponse({ body: Buffer.alloc(0), contentType: undefined }), full);
});

test("numbers count as numbers in JSON", () => {
  assert.deepEqual(json('{"partialSuccess":{"rejectedLogRecords":4}}'), { rejected: 4, message: "" });
});

for (const text of [
  "<html>",
  "[]",
  "1",
  '{"partialSuccess":1}',
  '{"partialSuccess":{"rejectedLogRecords":"x"}}',
  "{",
]) {
  test(`${text} is no answer of an OTLP receiver`, () => {
    assert.equal(json(text), undefined);
    assert.equal(proto(Buffer.from(text)), undefined);
    assert.equal(parseExportResponse({ body: Buffer.from(text), contentType: "text/html" }), undefined);
  });
}

test("the message of a status is read from protobuf only", () => {
  const body = encodeProto("Status", { code: 3, message: "no such tenant" });
  assert.equal(parseStatusMessage({ body, contentType: PROTOBUF }), "no such tenant");
  assert.equal(parseStatusMessage({ body, contentType: "text/plain" }), undefined);
  assert.equal(parseStatusMessage({ body: Buffer.from("{"), contentType: PROTOBUF }), undefined);
});

test("messages with fields from the future, in parts and with broken text are read as protobufjs does", () => {
  const extra = [Buffer.from([0x78, 0x01]), Buffer.from([0x7a, 0x02, 1, 2]), Buffer.from([0x7d, 1, 2, 3, 4])];
  const parts = [
    encodeProto("ExportLogsServiceResponse", { partialSuccess: { rejectedLogRecords: "7" } }),
    encodeProto("ExportLogsServiceResponse", { partialSuccess: { errorMessage: "late" } }),
  ];
  assert.deepEqual(proto(Buffer.concat([...extra, ...parts, ...extra])), { rejected: 7, message: "late" });
});

test("random bytes never do more than be no message, and what both readers take they take alike", () => {
  const random = createRandom(3);
  const seeds = [
    encodeProto("ExportLogsServiceResponse", { partialSuccess: { rejectedLogRecords: "300", errorMessage: "why" } }),
    encodeProto("ExportLogsServiceResponse", { partialSuccess: {} }),
  ];
  let agreed = 0;
  for (let n = 0; n < 20_000; n++) {
    const bytes = Buffer.from(pick(random, seeds));
    for (let k = Math.floor(random() * 4); k > 0; k--)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const mutated = random() < 0.3 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
    const ours = proto(mutated);
    const theirs = tryDecode(mutated);
    if (ours === undefined || theirs === undefined) continue;
    const { rejectedLogRecords = "0", errorMessage = "" } = theirs.partialSuccess ?? {};
    const wanted = { rejected: Math.max(0, Number(rejectedLogRecords)), message: errorMessage };
    assert.deepEqual(ours, wanted, mutated.toString("hex"));
    agreed++;
  }
  assert.ok(agreed > 2000, `only ${agreed} were read`);
});

type Decoded = { partialSuccess?: { rejectedLogRecords?: string; errorMessage?: string } };

function tryDecode(bytes: Buffer): Decoded | undefined {
  try {
    return decodeProto("ExportLogsServiceResponse", bytes) as Decoded;
  } catch {
    return undefined;
  }
}
