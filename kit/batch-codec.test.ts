import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogBatch } from "#core/batch.ts";
import { TidewatchError } from "#core/errors.ts";
import { KeyTable } from "#core/key-table.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { contentOf } from "#test/oracle/batch-content.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { FILE, randomBatch, RESOURCE, SESSIONS } from "#test/oracle/random-batch.ts";
import { typedBatches } from "#test/oracle/typed-batch.ts";
import { BatchCodec } from "./batch-codec.ts";
import { NdjsonEncoder } from "./encode-ndjson.ts";

function layered(batch: LogBatch, random: () => number): LogBatch {
  let out = batch;
  if (random() < 0.7) out = out.withLayer(FILE);
  if (random() < 0.7) {
    const index = Uint32Array.from({ length: batch.size }, () => Math.floor(random() * (SESSIONS.length + 1)));
    out = out.withLayer({ sets: SESSIONS, index });
  }
  return out;
}

test("a batch of columns comes back with everything a reader can see, whole or as a selection", () => {
  const random = createRandom(41);
  const codec = new BatchCodec();
  const keys = new KeyTable();
  for (let round = 0; round < 300; round++) {
    let batch = layered(randomBatch(random, Math.floor(random() * 30), keys, random() < 0.5), random);
    if (random() < 0.5) {
      const picks = Array.from({ length: batch.size }, (_, i) => batch.size - 1 - i).filter(() => random() < 0.4);
      batch = batch.select(picks);
    }
    const { bytes, batch: standing } = codec.encode(batch);
    const content = contentOf(batch);
    assert.deepEqual(contentOf(codec.decode(bytes)), content);
    assert.deepEqual(contentOf(standing), content, "the batch that stands on the bytes");
    const shifted = Buffer.concat([Buffer.alloc(1 + Math.floor(random() * 7)), bytes]);
    assert.deepEqual(contentOf(codec.decode(shifted.subarray(shifted.length - bytes.length))), content, "not aligned");
  }
});

test("values that are no text, times of observation, trace context and scope come back, from columns and from objects", () => {
  const random = createRandom(59);
  const codec = new BatchCodec();
  const keys = new KeyTable();
  for (let round = 0; round < 200; round++) {
    const { columns, objects } = typedBatches(random, Math.floor(random() * 12), keys);
    const picks = Array.from({ length: columns.size }, (_, i) => i).filter(() => random() < 0.7);
    for (const batch of [columns, columns.select(picks), objects]) {
      const { bytes, batch: standing } = codec.encode(batch);
      assert.deepEqual(contentOf(codec.decode(bytes)), contentOf(batch));
      assert.deepEqual(contentOf(standing), contentOf(batch));
    }
  }
});

test("a batch that stands on its bytes needs nothing of the block that it was read into", () => {
  const codec = new BatchCodec();
  const batch = randomBatch(createRandom(53), 50, new KeyTable(), true);
  const content = contentOf(batch);
  const { batch: standing } = codec.encode(batch);
  for (const array of [batch.columns.bytes, batch.columns.fields, batch.columns.start, batch.columns.timeMs])
    array.fill(0);
  assert.deepEqual(contentOf(standing), content);
});

test("a few records of a large block take no more room than they need", () => {
  const codec = new BatchCodec();
  const batch = randomBatch(createRandom(43), 5000, new KeyTable(), true);
  const whole = codec.encode(batch).bytes.length;
  assert.ok(codec.encode(batch.select([2000, 2001])).bytes.length < whole / 100);
});

test("objects come back exact: 64-bit integers, bytes, NaN, null, nested values, odd keys", () => {
  const codec = new BatchCodec();
  const batch = new ObjectBatch(RESOURCE, [
    {
      timeUnixNano: 1_786_069_211_487_776_265n,
      severityNumber: 13,
      severityText: "WARN",
      eventName: "x",
      body: { deep: [1n, 2 ** 53, -0, Number.NaN, null, new Uint8Array([1, 255])], $tidewatch: "i1" },
      attributes: { big: 9_007_199_254_740_993n, ["__proto__"]: "odd", $tidewatch: { $tidewatch: [1] } },
    },
    { body: "plain" },
  ]);
  assert.deepEqual(contentOf(codec.decode(codec.encode(batch).bytes)), contentOf(batch));
});

test("bytes that are not a batch are refused, or are a batch that can be read and written, whatever was changed", () => {
  const random = createRandom(47);
  const codec = new BatchCodec();
  const encoder = new NdjsonEncoder();
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const batchOf =
      random() < 0.5 ? typedBatches(random, 3, new KeyTable()).columns : randomBatch(random, 3, new KeyTable(), true);
    const bytes = codec.encode(layered(batchOf, random)).bytes;
    for (let n = 1 + Math.floor(random() * 3); n > 0; n--)
      bytes[Math.floor(random() * bytes.length)] = pick(random, [0, 1, 255, 34, 49]);
    const cut = random() < 0.1 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
    try {
      const batch = codec.decode(cut);
      contentOf(batch);
      encoder.encode(batch);
    } catch (error) {
      assert.ok(error instanceof TidewatchError && error.code === "batch_bytes", String(error));
      refused++;
    }
  }
  assert.ok(refused > 300, `only ${refused} refused`);
});
