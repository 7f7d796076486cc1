import assert from "node:assert/strict";
import { test } from "node:test";
import { AttributeSet } from "#core/attributes.ts";
import type { LogBatch, OverlayLayer } from "#core/batch.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { ColumnWriter, rawColumns } from "#core/column-writer.ts";
import { ESCAPED, JSON_SAFE, NON_ASCII } from "#core/columns.ts";
import { BODY, KeyTable } from "#core/key-table.ts";
import { createRandom, pick, type Random } from "#test/oracle/random.ts";
import { NdjsonEncoder } from "./encode-ndjson.ts";
import { createFrame, recordLine } from "./record-json.ts";

/** Each line says what the record says by itself, the obvious way: escapes may be spelled otherwise. */
function assertSame(encoder: NdjsonEncoder, batch: LogBatch): void {
  const { bytes, ends } = encoder.encode(batch);
  const records = [...batch];
  assert.equal(ends.length, records.length);
  assert.equal(ends.at(-1) ?? 0, bytes.length);
  for (const [i, record] of records.entries()) {
    const line = bytes.toString("utf8", i === 0 ? 0 : ends[i - 1], ends[i]);
    assert.equal(line.indexOf("\n"), line.length - 1, "one record, one line");
    const expected = recordLine(record, createFrame(batch.resource, record.observedTimeUnixNano));
    assert.deepEqual(JSON.parse(line), JSON.parse(expected));
  }
}

const RESOURCE = { attributes: { "service.name": "tidb", note: 'größe "x"' } };
const SEVERITIES = [
  { number: 0, text: undefined },
  { number: 9, text: "INFO" },
  { number: 13, text: 'odd "level"' },
];
const EVENTS = [undefined, "tidb.general_query"];

/** A value, its bytes as a log has them, and the flags that a parser gives it. */
const VALUES: readonly (readonly [Buffer, number])[] = [
  [Buffer.from(""), JSON_SAFE],
  [Buffer.from("7"), JSON_SAFE],
  [Buffer.from("SELECT id FROM t WHERE a = 'a value that is longer than two words of sixteen'"), JSON_SAFE],
  [Buffer.from('it\\\\\\"s \\u00e4 \\n'), JSON_SAFE | ESCAPED],
  [Buffer.from("größe"), JSON_SAFE | NON_ASCII],
  [Buffer.from('raw "quotes", back\\slash, \t tab, \u0001 and \u007f'), 0],
  [Buffer.from('größe "x"\n\u2028'), NON_ASCII],
  [Buffer.from("bad \\escape"), ESCAPED],
  [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0],
];
const BROKEN: readonly [Buffer, number] = [Buffer.from([0x61, 0xff, 0xfe, 0x62]), JSON_SAFE | NON_ASCII];

function batchOf(random: Random, count: number, keys: KeyTable, validUtf8: boolean): ColumnBatch {
  const pieces: Buffer[] = [];
  let length = 0;
  const start = new Uint32Array(count);
  const end = new Uint32Array(count);
  const writer = new ColumnWriter(keys);
  const names = [
    BODY,
    ...["a", "b", "c.d", 'q"uote', "a key that is longer than sixteen bytes"].map((n) => keys.intern(n)),
  ];
  writer.open(count);
  for (let i = 0; i < count; i++) {
    writer.begin(i);
    start[i] = length;
    writer.timeMs = random() < 0.1 ? Number.NaN : Math.floor(random() * 4e12);
    writer.timeNs = random() < 0.5 ? 0 : Math.floor(random() * 1e6);
    writer.severity = Math.floor(random() * SEVERITIES.length);
    writer.event = Math.floor(random() * EVENTS.length);
    for (let n = Math.floor(random() * 8); n > 0; n--) {
      const [bytes, flags] = !validUtf8 && random() < 0.1 ? BROKEN : pick(random, VALUES);
      pieces.push(bytes);
      writer.field(pick(random, names), length, length + bytes.length, flags);
      length += bytes.length;
    }
    end[i] = length;
    writer.end();
  }
  const raw = rawColumns(Buffer.concat(pieces), start, end, keys, 1_786_069_212_000_000_000n);
  return new ColumnBatch(RESOURCE, writer.finish(raw, SEVERITIES, EVENTS, validUtf8));
}

const FILE: OverlayLayer = { sets: [new AttributeSet({ "log.file.name": "tidb.log" })], index: undefined };
const sessions = Array.from(
  { length: 50 },
  (_, i) => new AttributeSet(i === 7 ? {} : { "user.name": `usér ${i}`, "client.port": i, first: true }),
);

test("any batch of columns is written as its records are one by one, with one encoder for all", () => {
  const random = createRandom(17);
  const encoder = new NdjsonEncoder();
  const tables = [new KeyTable(), new KeyTable()];
  for (let round = 0; round < 300; round++) {
    const count = Math.floor(random() * 40);
    let batch: LogBatch = batchOf(random, count, pick(random, tables), random() < 0.5);
    if (random() < 0.7) batch = batch.withLayer(FILE);
    if (random() < 0.7) {
      const index = Uint32Array.from({ length: count }, () => Math.floor(random() * (sessions.length + 1)));
      batch = batch.withLayer({ sets: sessions, index });
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
    const batch = batchOf(random, 400, keys, true);
    const sets = Array.from({ length: 400 }, (_, i) => new AttributeSet({ "user.name": `${long}${round}/${i}` }));
    assertSame(encoder, batch.withLayer({ sets, index: Uint32Array.from(sets, (_, i) => i + 1) }));
  }
  const huge = new AttributeSet({ "user.name": "y".repeat(2_000_000) });
  assertSame(encoder, batchOf(random, 3, keys, true).withLayer({ sets: [huge], index: undefined }));
});

test("a table of keys that grows between batches is written with all its keys", () => {
  const encoder = new NdjsonEncoder();
  const random = createRandom(37);
  const keys = new KeyTable();
  for (let round = 0; round < 20; round++) {
    assertSame(encoder, batchOf(random, 5, keys, true));
    keys.intern(`another.${round}`);
  }
});
