import assert from "node:assert/strict";
import { test } from "node:test";
import { AttributeSet } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { rawColumns } from "#core/column-writer.ts";
import { KeyTable } from "#core/key-table.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { FILE, randomBatch, RESOURCE, SESSIONS } from "#test/oracle/random-batch.ts";
import { NdjsonEncoder } from "./encode-ndjson.ts";
import { RECORD_LINE, recordLine } from "./record-json.ts";

/** Each line says what the record says by itself, the obvious way: escapes may be spelled otherwise. */
function assertSame(encoder: NdjsonEncoder, batch: LogBatch): void {
  const { bytes, ends } = encoder.encode(batch);
  const records = [...batch];
  assert.equal(ends.length, records.length);
  assert.equal(ends.at(-1) ?? 0, bytes.length);
  for (const [i, record] of records.entries()) {
    const line = bytes.toString("utf8", i === 0 ? 0 : ends[i - 1], ends[i]);
    assert.equal(line.indexOf("\n"), line.length - 1, "one record, one line");
    const expected = recordLine(record, RECORD_LINE.frame(batch.resource, record.observedTimeUnixNano), RECORD_LINE);
    assert.deepEqual(JSON.parse(line), JSON.parse(expected));
  }
}

test("any batch of columns is written as its records are one by one, with one encoder for all", () => {
  const random = createRandom(17);
  const encoder = new NdjsonEncoder();
  const tables = [new KeyTable(), new KeyTable()];
  for (let round = 0; round < 300; round++) {
    const count = Math.floor(random() * 40);
    let batch: LogBatch = randomBatch(random, count, pick(random, tables), random() < 0.5);
    if (random() < 0.7) batch = batch.withLayer(FILE);
    if (random() < 0.7) {
      const index = Uint32Array.from({ length: count }, () => Math.floor(random() * (SESSIONS.length + 1)));
      batch = batch.withLayer({ sets: SESSIONS, index });
    }
    if (random() < 0.2) batch = batch.withLayer({ sets: [new AttributeSet({ a: "hides a field" })], index: undefined });
    if (random() < 0.3) batch = batch.select(Array.from({ length: Math.floor(count / 2) }, (_, i) => count - 1 - i));
    assertSame(encoder, batch);
  }
});

test("unparsed text is written as a body, whatever bytes it has", () => {
  const encoder = new NdjsonEncoder();
  const random = createRandom(23);
  for (const bytes of [
    Buffer.from('goroutine 1 [running]: "x"\\n\t'),
    Buffer.from(Array.from({ length: 500 }, () => Math.floor(random() * 128))),
    Buffer.from(Array.from({ length: 500 }, () => Math.floor(random() * 256))),
  ]) {
    for (const validUtf8 of [false, true]) {
      if (validUtf8 && bytes.some((byte) => byte >= 0x80)) continue;
      const ends = Array.from({ length: bytes.length }, (_, i) => i + 1);
      const raw = rawColumns(
        bytes,
        Uint32Array.from(ends, (to) => to >> 1),
        Uint32Array.from(ends),
        new KeyTable(),
        0n,
      );
      assertSame(encoder, new ColumnBatch(RESOURCE, { ...raw, validUtf8 }));
    }
  }
});

test("a batch that is much larger written than read finds its room", () => {
  const bytes = Buffer.alloc(300_000, 1);
  const raw = rawColumns(bytes, Uint32Array.of(0, 0, 5), Uint32Array.of(bytes.length, 10, 5), new KeyTable(), 0n);
  assertSame(new NdjsonEncoder(), new ColumnBatch(RESOURCE, { ...raw, validUtf8: true }));
});

test("a batch too large for the fast way is written all the same", () => {
  const bytes = Buffer.alloc(9_000_000, 0x61);
  const raw = rawColumns(bytes, Uint32Array.of(0), Uint32Array.of(bytes.length), new KeyTable(), 0n);
  assertSame(new NdjsonEncoder(), new ColumnBatch(RESOURCE, { ...raw, validUtf8: true }));
});

test("more attribute sets than the memory keeps are written, batch after batch", () => {
  const encoder = new NdjsonEncoder();
  const random = createRandom(31);
  const keys = new KeyTable();
  const long = "x".repeat(200);
  for (let round = 0; round < 40; round++) {
    const batch = randomBatch(random, 400, keys, true);
    const sets = Array.from({ length: 400 }, (_, i) => new AttributeSet({ "user.name": `${long}${round}/${i}` }));
    assertSame(encoder, batch.withLayer({ sets, index: Uint32Array.from(sets, (_, i) => i + 1) }));
  }
  const huge = new AttributeSet({ "user.name": "y".repeat(2_000_000) });
  assertSame(encoder, randomBatch(random, 3, keys, true).withLayer({ sets: [huge], index: undefined }));
});

test("a table of keys that grows between batches is written with all its keys", () => {
  const encoder = new NdjsonEncoder();
  const random = createRandom(37);
  const keys = new KeyTable();
  for (let round = 0; round < 20; round++) {
    assertSame(encoder, randomBatch(random, 5, keys, true));
    keys.intern(`another.${round}`);
  }
});
