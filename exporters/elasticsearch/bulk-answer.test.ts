import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, pick } from "#test/oracle/random.ts";
import { parseBulkAnswer } from "./bulk-answer.ts";

const parse = (value: unknown) =>
  parseBulkAnswer(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)));

test("items come with their status and the server's words, whatever they were asked to do", () => {
  const items = [
    { create: { status: 201 } },
    { index: { status: 400, error: { type: "document_parsing_exception", reason: "why" } } },
    { create: { status: 500, error: "old servers say it in one word" } },
    { create: { status: 400, error: { type: 1, reason: null } } },
  ];
  assert.deepEqual(parse({ errors: true, items }), [
    { status: 201, type: "", reason: "" },
    { status: 400, type: "document_parsing_exception", reason: "why" },
    { status: 500, type: "old servers say it in one word", reason: "" },
    { status: 400, type: "", reason: "" },
  ]);
});

test("an item without a status says nothing, and what has no items is no answer", () => {
  assert.deepEqual(
    parse({ items: [{}, { create: {} }, { create: { status: "201" } }, null, 7, []] }),
    Array.from({ length: 6 }),
  );
  for (const text of ["", "{", "[]", "null", "1", "{}", '{"items":{}}', '{"items":null}', "<html>"])
    assert.equal(parse(text), undefined, text);
});

test("no broken answer does more than be none", () => {
  const random = createRandom(9);
  const answer = Buffer.from('{"errors":true,"items":[{"create":{"status":429,"error":{"type":"a","reason":"b"}}}]}');
  for (let n = 0; n < 5000; n++) {
    const bytes = Buffer.from(answer);
    for (let k = 0; k < 3; k++)
      bytes[Math.floor(random() * bytes.length)] = pick(random, [0x7b, 0x5d, 0x22, 0x30, 0xff]);
    for (const item of parseBulkAnswer(bytes) ?? []) assert.ok(item === undefined || typeof item.status === "number");
  }
});
