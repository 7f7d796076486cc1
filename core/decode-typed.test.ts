import assert from "node:assert/strict";
import { test } from "node:test";
import { contentOf } from "#test/oracle/batch-content.ts";
import { createRandom } from "#test/oracle/random.ts";
import { typedBatches, varint } from "#test/oracle/typed-batch.ts";
import { BOOL, BYTES, DOUBLE, INT, LIST, MAP, NOTHING } from "./columns.ts";
import { decodeTyped } from "./decode-typed.ts";
import { KeyTable } from "./key-table.ts";

test("columns with every kind of value read as the objects that they stand for", () => {
  const random = createRandom(61);
  const keys = new KeyTable();
  for (let round = 0; round < 200; round++) {
    const { columns, objects } = typedBatches(random, Math.floor(random() * 12), keys);
    assert.deepEqual(contentOf(columns), contentOf(objects));
    const picks = Array.from({ length: columns.size }, (_, i) => columns.size - 1 - i).filter(() => random() < 0.5);
    assert.deepEqual(contentOf(columns.select(picks)), contentOf(objects.select(picks)));
  }
});

test("bytes that are no value of their kind read as null, or as some value, and never throw", () => {
  const random = createRandom(67);
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 24) }, () => Math.floor(random() * 256)));
    for (const kind of [INT, DOUBLE, BOOL, BYTES, LIST, MAP, NOTHING]) decodeTyped(bytes, 0, bytes.length, kind);
  }
  assert.equal(decodeTyped(Buffer.from([0x80]), 0, 1, INT), null);
  assert.equal(decodeTyped(Buffer.from([1, 2, 3]), 0, 3, DOUBLE), null);
  assert.equal(decodeTyped(Buffer.from([0x0a, 0x7f, 1]), 0, 3, LIST), null);
});

test("what is nested too deep reads as null from there on, and costs no stack", () => {
  let value: Buffer = Buffer.alloc(0);
  for (let depth = 0; depth < 5000; depth++) {
    const list = Buffer.concat([Buffer.from([0x0a]), varint(BigInt(value.length)), value]);
    value = Buffer.concat([Buffer.from([0x2a]), varint(BigInt(list.length)), list]);
  }
  const read = decodeTyped(value, 0, value.length, LIST);
  assert.ok(JSON.stringify(read).length < 200);
});
