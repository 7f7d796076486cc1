import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { ColumnBatch } from "#core/column-batch.ts";
import { rawColumns } from "#core/column-writer.ts";
import { FIELD_SLOTS } from "#core/columns.ts";
import { decodeValue } from "#core/decode-value.ts";
import { BODY, KeyTable } from "#core/key-table.ts";
import type { LogRecord } from "#core/record.ts";
import { referenceParse } from "#test/oracle/reference-parser.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { attributeName } from "./field-names.ts";
import { BatchParser } from "./parse-batch.ts";
import { PARSE_ERRORS } from "./parse-error.ts";

function parseLine(line: string | Buffer): { record: LogRecord; error: string } {
  const bytes = Buffer.from(line);
  const keys = new KeyTable(attributeName);
  const raw = rawColumns(bytes, Uint32Array.of(0), Uint32Array.of(bytes.length), keys, 0n);
  const { columns, errors } = new BatchParser(keys).parse(raw);
  return {
    record: new ColumnBatch({ attributes: {} }, columns).at(0),
    error: PARSE_ERRORS[errors?.[0] ?? 0] as string,
  };
}

/** What the real parser says, in the reference's form. */
function parseParts(
  line: string,
): { timeMs: number; level: string | undefined; parts: [string, string][] } | undefined {
  const bytes = Buffer.from(line);
  const keys = new KeyTable((key) => `raw:${key}`);
  const raw = rawColumns(bytes, Uint32Array.of(0), Uint32Array.of(bytes.length), keys, 0n);
  const { columns, failed } = new BatchParser(keys).parse(raw);
  if (failed > 0) return undefined;
  const roles: Record<string, string> = {
    "code.file.path": "file",
    "code.line.number": "line",
    "tidb.logger": "logger",
    "exception.stacktrace": "stack",
  };
  const parts: [string, string][] = [];
  for (let slot = 0; slot < (columns.fieldTo[0] as number) * FIELD_SLOTS; slot += FIELD_SLOTS) {
    const [key, from, to, flags] = columns.fields.subarray(slot, slot + FIELD_SLOTS) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const name = keys.name(key);
    const role = key === BODY ? "body" : (roles[name] ?? name.replace(/^raw:/, ""));
    parts.push([role, decodeValue(bytes, from, to, flags)]);
  }
  return { timeMs: columns.timeMs[0] as number, level: columns.severities[columns.severity[0] as number]?.text, parts };
}

function compare(line: string): void {
  const expected = referenceParse(line);
  const actual = parseParts(line);
  const told = expected && {
    timeMs: expected.timeMs ?? Number.NaN,
    level: expected.level,
    parts: expected.parts.map(([k, v]) => [k, v]),
  };
  assert.deepEqual(actual, told, line);
}

const HEAD = "[2026/08/07 10:15:02.118 +08:00]";

test("a failed login has its time in UTC, its level, its message and its fields", () => {
  const { record, error } = parseLine(
    `${HEAD} [WARN] [server.go:708] ["Server.onConn handshake"] [conn=8306449708033769879] [error="[privilege:1045]Access denied for user 'o\\"b'@'203.0.113.9' (using password: YES)"] ["remote addr"=203.0.113.9:51544]`,
  );
  assert.equal(error, "");
  assert.equal(record.timeUnixNano, BigInt(Date.UTC(2026, 7, 7, 2, 15, 2, 118)) * 1_000_000n);
  assert.equal(record.severityText, "WARN");
  assert.equal(record.severityNumber, 13);
  assert.equal(record.body, "Server.onConn handshake");
  assert.deepEqual(
    { ...record.attributes },
    {
      "code.file.path": "server.go",
      "code.line.number": "708",
      "tidb.conn": "8306449708033769879",
      "error.message": `[privilege:1045]Access denied for user 'o"b'@'203.0.113.9' (using password: YES)`,
      "tidb.remote_addr": "203.0.113.9:51544",
    },
  );
});

test("a malformed line stays whole as the body, with the reason", () => {
  for (const [line, reason] of [
    ["goroutine 1 [running]:", "not a TiDB log line"],
    [
      `[2026/13/07 10:15:02.118 +08:00] [WARN] [a.go:1] [x]`,
      "time stamp is not of the form yyyy/MM/dd HH:mm:ss.SSS ±HH:MM",
    ],
    [`${HEAD} [LOUD] [a.go:1] [x]`, "unknown level"],
    [`${HEAD} [INFO] [a.go:1] [x] [sql="SELECT`, "bracket is not closed"],
    [`${HEAD} [INFO] [a.go:1] [x] tail`, "text outside brackets"],
    [`${HEAD} [INFO] [a.go:1] ["x"y] [k=v]`, "text after a closing quote"],
  ] as const) {
    const { record, error } = parseLine(line);
    assert.equal(error, reason, line);
    assert.equal(record.body, line);
    assert.deepEqual({ ...record.attributes }, {});
  }
});

test("an attacker's text inside quotes cannot end its field or add another", () => {
  const sql = `x"] [user=root] [conn=1`;
  const { record } = parseLine(
    `${HEAD} [INFO] [session.go:1] [GENERAL_LOG] [conn=7] [user=app@10.0.0.1] [sql=${JSON.stringify(sql)}]`,
  );
  assert.equal(record.attribute("tidb.conn"), "7");
  assert.equal(record.attribute("tidb.user"), "app@10.0.0.1");
  assert.equal(record.attribute("db.query.text"), sql);
  assert.equal(record.eventName, "tidb.general_query");
});

test("deviations of components are taken: no time, no caller, logger names, empty brackets, doubled spaces, raw spaces", () => {
  const tiproxy = parseLine(
    `${HEAD} [WARN] [main.proxy.conn] [client/client_conn.go:65] [new connection failed]  [connID=77] [create_time=2026-08-07 10:21:03.99 +0800 CST] [quit_source="auth fail"] `,
  ).record;
  assert.equal(tiproxy.body, "new connection failed");
  assert.equal(tiproxy.attribute("tidb.logger"), "main.proxy.conn");
  assert.equal(tiproxy.attribute("code.file.path"), "client/client_conn.go");
  assert.equal(tiproxy.attribute("tidb.create_time"), "2026-08-07 10:21:03.99 +0800 CST");
  const cdc = parseLine(`${HEAD} [INFO] [m.go:51] ["cdc open api request"] [username=] [] [duration=31.2ms]`).record;
  assert.equal(cdc.attribute("tidb.username"), "");
  assert.equal(cdc.attribute("tidb.duration"), "31.2ms");
  const tikv = parseLine(` [INFO] [lib.rs:148] [] [k=None] [thread_id=9]`);
  assert.equal(tikv.error, "");
  assert.equal(tikv.record.timeUnixNano, 0n);
  assert.equal(tikv.record.body, "");
  assert.equal(parseLine(`${HEAD} [INFO] ["no caller here"] [a=b]`).record.body, "no caller here");
  assert.equal(parseLine(`${HEAD} [INFO] [<unknown>] [x] [a=b]`).record.body, "x");
});

test("a bad byte in an unquoted token reads as the replacement character, other backslashes as themselves", () => {
  assert.equal(parseLine(`${HEAD} [INFO] [a.go:1] [x] [k=a\\ufffdb]`).record.attribute("tidb.k"), "a\ufffdb");
  assert.equal(parseLine(`${HEAD} [INFO] [a.go:1] [x] [k=C:\\new]`).record.attribute("tidb.k"), "C:\\new");
});

test("lines after the first of a record are kept", () => {
  const { record } = parseLine(`${HEAD} [FATAL] [a.go:1] [x] [k=v]\nmain.main()\n\tmain.go:1`);
  assert.equal(record.body, "x");
  assert.equal(record.attribute("tidb.continuation"), "main.main()\n\tmain.go:1");
});

test("of a key that a line has twice the last value counts", () => {
  assert.equal(parseLine(`${HEAD} [INFO] [a.go:1] [x] [k=1] [k=2]`).record.attribute("tidb.k"), "2");
});

const PIECES = [
  "[",
  "]",
  '"',
  "=",
  "\\",
  " ",
  "  ",
  "a",
  "k=v",
  "conn=1",
  '["remote addr"=1:2]',
  "[]",
  "\\ufffd",
  "\\n",
  '\\"',
  "[a.go:12]",
  "[INFO]",
  "[main.proxy]",
  HEAD,
  "é",
  "\u0001",
  "<unknown>",
  ":",
  "7",
  '"quoted text"',
  "[GENERAL_LOG]",
  '[sql="SELECT \\"x\\""]',
] as const;

test("parser and reference agree on 20,000 lines made of the grammar's pieces", () => {
  const random = createRandom(7);
  for (let i = 0; i < 20_000; i++) {
    let line = random() < 0.8 ? `${HEAD} [INFO] ` : "";
    if (random() < 0.5) line += "[a.go:1] [msg] ";
    for (let n = Math.floor(random() * 12); n > 0; n--) line += pick(random, PIECES);
    compare(line);
  }
});

test("parser and reference agree on the project's sample lines, whole and with bytes changed", () => {
  const random = createRandom(11);
  const lines = readFileSync(new URL("testdata/lines.log", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "");
  assert.ok(lines.length > 60, "too few samples");
  for (const line of lines) {
    compare(line);
    for (let k = 0; k < 40; k++) {
      const at = Math.floor(random() * line.length);
      const insert = pick(random, PIECES);
      compare(line.slice(0, at) + insert + line.slice(at + Math.floor(random() * 3)));
    }
  }
});

test("no input makes the parser throw or read outside its record", () => {
  const random = createRandom(3);
  for (let i = 0; i < 5000; i++) {
    const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256)));
    const { record } = parseLine(Buffer.concat([Buffer.from(random() < 0.5 ? `${HEAD} [INFO] [` : "["), bytes]));
    assert.ok(typeof record.body === "string" && Object.keys(record.attributes).length < 100);
  }
});

const COLLECTION = new URL("../../shared/data/tidb-logs/", import.meta.url);
const skip = existsSync(COLLECTION) ? false : "the collection of real logs is not beside the project";

test("parser and reference agree on every line of the collection of real logs", { skip }, () => {
  for (const name of [
    "tidb-default.log",
    "tidb-formats.log",
    "tidb-general-overwritten.log",
    "pd.log",
    "tiproxy.log",
    "tidb-week.log",
  ]) {
    const text = zstdDecompressSync(readFileSync(new URL(`${name}.zst`, COLLECTION))).toString("utf8");
    for (const line of text.split("\n")) if (line !== "") compare(line);
  }
});
