import assert from "node:assert/strict";
import { test } from "node:test";
import { ColumnBatch } from "#core/column-batch.ts";
import { rawColumns } from "#core/column-writer.ts";
import { KeyTable } from "#core/key-table.ts";
import { createRandom } from "#test/oracle/random.ts";
import { attributeName } from "./field-names.ts";
import { BatchParser } from "./parse-batch.ts";
import { PARSE_ERRORS } from "./parse-error.ts";

function parse(entry: string | Buffer) {
  const bytes = Buffer.from(entry);
  const keys = new KeyTable(attributeName);
  const raw = rawColumns(bytes, Uint32Array.of(0), Uint32Array.of(bytes.length), keys, 0n);
  const { columns, errors } = new BatchParser(keys).parse(raw);
  return { record: new ColumnBatch({ attributes: {} }, columns).at(0), error: PARSE_ERRORS[errors?.[0] ?? 0] };
}

const ENTRY = [
  "# Time: 2026-08-07T10:20:11.487776265+08:00",
  "# Txn_start_ts: 468912345678901249",
  "# User@Host: report[report] @ 10.0.3.9 [10.0.3.9]",
  "# Conn_ID: 2097190",
  "# Query_time: 61.527627037",
  "# Rewrite_time: 0.000000003 Preproc_subqueries: 2 Preproc_subqueries_time: 0.000000002",
  "# DB: shop two",
  "# Cop_proc_avg: 0.48 Cop_proc_addr: ",
  "# Slowest_prewrite_rpc_detail: {total:0.1s, region_id: 7, store: 10.0.1.5:20160} Commit_time: 0.1",
  '# Warnings: [{"Level":"Warning","Message":"Memory: high"}]',
  "# Succ: true",
  "# Brand_new_key: 1",
] as const;

test("one entry of many lines is one record with every key, exact time and whole statement", () => {
  const { record, error } = parse([...ENTRY, "use shop;", "select * from customers;"].join("\n"));
  assert.equal(error, "");
  assert.equal(record.eventName, "tidb.slow_query");
  assert.equal(record.timeUnixNano, BigInt(Date.UTC(2026, 7, 7, 2, 20, 11)) * 1_000_000n + 487_776_265n);
  assert.deepEqual(
    { ...record.attributes },
    {
      "tidb.Txn_start_ts": "468912345678901249",
      "tidb.User@Host": "report[report] @ 10.0.3.9 [10.0.3.9]",
      "tidb.conn": "2097190",
      "tidb.Query_time": "61.527627037",
      "tidb.Rewrite_time": "0.000000003",
      "tidb.Preproc_subqueries": "2",
      "tidb.Preproc_subqueries_time": "0.000000002",
      "db.namespace": "shop two",
      "tidb.Cop_proc_avg": "0.48",
      "tidb.Cop_proc_addr": "",
      "tidb.Slowest_prewrite_rpc_detail": "{total:0.1s, region_id: 7, store: 10.0.1.5:20160}",
      "tidb.Commit_time": "0.1",
      "tidb.Warnings": '[{"Level":"Warning","Message":"Memory: high"}]',
      "tidb.Succ": "true",
      "tidb.Brand_new_key": "1",
      "db.query.text": "select * from customers;",
    },
  );
});

test("a statement that itself begins with use is the statement, not the database line", () => {
  assert.equal(parse(`${ENTRY[0]}\n# DB: a\nuse shop;`).record.attribute("db.query.text"), "use shop;");
  assert.equal(parse(`${ENTRY[0]}\nuse a;\nuse shop;`).record.attribute("db.query.text"), "use shop;");
});

test("an entry without a valid time or without a statement stays whole, with the reason", () => {
  for (const [entry, reason] of [
    ["# Time: yesterday\nselect 1;", "slow log entry without time"],
    [`${ENTRY[0]}\n# Conn_ID: 1`, "slow log entry without statement"],
    [`${ENTRY[0]}\n# Conn_ID: 1\n`, "slow log entry without statement"],
  ] as const) {
    const { record, error } = parse(entry);
    assert.equal(error, reason);
    assert.equal(record.body, entry);
  }
});

test("no bytes behind the first line make the parser throw", () => {
  const random = createRandom(5);
  for (let i = 0; i < 3000; i++) {
    const noise = Buffer.from(Array.from({ length: Math.floor(random() * 120) }, () => Math.floor(random() * 256)));
    const { record } = parse(Buffer.concat([Buffer.from(`${ENTRY[0]}\n# `), noise]));
    assert.equal(typeof record.attributes, "object");
  }
});
