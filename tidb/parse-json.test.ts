import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { ColumnBatch } from "#core/column-batch.ts";
import { rawColumns } from "#core/column-writer.ts";
import { KeyTable } from "#core/key-table.ts";
import type { LogRecord } from "#core/record.ts";
import { createRandom } from "#test/oracle/random.ts";
import { attributeName } from "./field-names.ts";
import { BatchParser } from "./parse-batch.ts";
import { PARSE_ERRORS } from "./parse-error.ts";

function parse(line: string | Buffer): { record: LogRecord; error: string | undefined } {
  const bytes = Buffer.from(line);
  const keys = new KeyTable(attributeName);
  const raw = rawColumns(bytes, Uint32Array.of(0), Uint32Array.of(bytes.length), keys, 0n);
  const { columns, errors } = new BatchParser(keys).parse(raw);
  return { record: new ColumnBatch({ attributes: {} }, columns).at(0), error: PARSE_ERRORS[errors?.[0] ?? 0] };
}

const LINE =
  '{"level":"WARN","time":"2026/08/07 10:15:02.118 +08:00","caller":"server.go:708","message":"Server.onConn handshake","conn":8306449708033769879,"error":"user \\u0027o\\"b\\u0027","ok":true,"none":null,"list":["a",{"b":[1]}],"remote addr":"203.0.113.9:51544"}';

test("a JSON line gives the same record as its text form, 64-bit ids exact", () => {
  const { record, error } = parse(LINE);
  assert.equal(error, "");
  assert.equal(record.timeUnixNano, BigInt(Date.UTC(2026, 7, 7, 2, 15, 2, 118)) * 1_000_000n);
  assert.equal(record.severityText, "WARN");
  assert.equal(record.body, "Server.onConn handshake");
  assert.deepEqual(
    { ...record.attributes },
    {
      "code.file.path": "server.go",
      "code.line.number": "708",
      "tidb.conn": "8306449708033769879",
      "error.message": `user 'o"b'`,
      "tidb.ok": "true",
      "tidb.list": '["a",{"b":[1]}]',
      "tidb.remote_addr": "203.0.113.9:51544",
    },
  );
});

test("TiProxy's and TiKV's spellings of the header are understood", () => {
  const { record } = parse(
    '{"level":"INFO","ts":"2026/08/07 10:15:02.118 +08:00","logger":"main","caller":"a.go:1","msg":"x"}',
  );
  assert.equal(record.body, "x");
  assert.equal(record.attribute("tidb.logger"), "main");
});

test("what is not exactly one object of a log line stays whole, with the reason", () => {
  for (const [line, reason] of [
    ["{", "not one JSON object"],
    ["{}", "not one JSON object"],
    [`${LINE} x`, "not one JSON object"],
    [`${LINE}${LINE}`, "not one JSON object"],
    ['{"level":"INFO" "message":"x"}', "not one JSON object"],
    ['{"level":"INFO","message":"x}', "not one JSON object"],
    ['{"level":"LOUD","message":"x"}', "unknown level"],
    ['{"level":"INFO","time":"today","message":"x"}', "time stamp is not of the form yyyy/MM/dd HH:mm:ss.SSS ±HH:MM"],
    [`{"level":"INFO","message":"x","deep":${"[".repeat(100)}${"]".repeat(100)}}`, "not one JSON object"],
  ] as const) {
    const { record, error } = parse(line);
    assert.equal(error, reason, line);
    assert.equal(record.body, line);
  }
});

test("a line that is cut anywhere is malformed, never half a record", () => {
  for (let length = 1; length < LINE.length; length++)
    assert.notEqual(parse(LINE.slice(0, length)).error, "", LINE.slice(0, length));
});

test("no bytes make the parser throw", () => {
  const random = createRandom(9);
  for (let i = 0; i < 5000; i++) {
    const bytes = Buffer.from(LINE);
    for (let k = 0; k < 3; k++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    bytes[0] = 0x7b;
    assert.equal(typeof parse(bytes).record.attributes, "object");
  }
});

const COLLECTION = new URL("../../shared/data/tidb-logs/tidb.json.log.zst", import.meta.url);
const skip = existsSync(COLLECTION) ? false : "the collection of real logs is not beside the project";

test("every line of a real JSON log reads as JSON.parse reads it", { skip }, () => {
  for (const line of zstdDecompressSync(readFileSync(COLLECTION)).toString("utf8").split("\n")) {
    if (line === "") continue;
    const { record, error } = parse(line);
    assert.equal(error, "", line);
    const { level, time, caller, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual([level, message], [record.severityText, record.body]);
    assert.ok(typeof time === "string" && typeof caller === "string");
    for (const [key, value] of Object.entries(fields)) {
      if (value === null || typeof value === "number") continue;
      const expected = typeof value === "object" ? JSON.stringify(value) : String(value);
      const actual = record.attribute(attributeName(key));
      assert.equal(typeof value === "object" ? JSON.stringify(JSON.parse(String(actual))) : actual, expected, line);
    }
  }
});
