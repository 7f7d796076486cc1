import assert from "node:assert/strict";
import { test } from "node:test";
import { contentOf } from "#test/oracle/batch-content.ts";
import { createRandom } from "#test/oracle/random.ts";
import { FILE, randomBatch, RESOURCE, SESSIONS } from "#test/oracle/random-batch.ts";
import { typedBatches } from "#test/oracle/typed-batch.ts";
import type { LogBatch } from "./batch.ts";
import { ColumnBatch } from "./column-batch.ts";
import { concatBatches } from "./concat-batches.ts";
import { KeyTable } from "./key-table.ts";
import { ObjectBatch } from "./object-batch.ts";

test("joined columns have the records of all batches in order, layers included", () => {
  const random = createRandom(53);
  const keys = new KeyTable();
  for (let round = 0; round < 200; round++) {
    const layers = Math.floor(random() * 3);
    const batches = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
      let batch: LogBatch = randomBatch(random, Math.floor(random() * 12), keys, random() < 0.5);
      if (layers > 0) batch = batch.withLayer(FILE);
      if (layers > 1) {
        const index = Uint32Array.from({ length: batch.size }, () => Math.floor(random() * (SESSIONS.length + 1)));
        batch = batch.withLayer({ sets: SESSIONS, index });
      }
      return random() < 0.3 ? batch.select(Array.from({ length: batch.size >> 1 }, (_, i) => i * 2)) : batch;
    });
    const joined = concatBatches(batches);
    assert.ok(joined.length <= 1, "the same source makes one batch");
    assert.deepEqual(joined.flatMap(contentOf), batches.flatMap(contentOf));
  }
});

test("batches of other resources, tables or kinds stay apart, and their order is kept", () => {
  const random = createRandom(59);
  const one = randomBatch(random, 3, new KeyTable(), true);
  const otherTable = randomBatch(random, 2, new KeyTable(), true);
  const objects = new ObjectBatch(RESOURCE, [{ body: "a" }]);
  const moreObjects = new ObjectBatch({ attributes: { ...RESOURCE.attributes } }, [
    { body: "b", attributes: { n: 7n } },
  ]);
  const elsewhere = new ObjectBatch({ attributes: { "service.name": "pd" } }, [{ body: "c" }]);
  const joined = concatBatches([one, otherTable, objects, moreObjects, elsewhere]);
  assert.deepEqual(
    joined.map(({ size }) => size),
    [3, 2, 2, 1],
  );
  assert.deepEqual(joined.flatMap(contentOf), [one, otherTable, objects, moreObjects, elsewhere].flatMap(contentOf));
  assert.deepEqual(concatBatches([]), []);
});

test("resources are compared exactly, 64-bit integers included", () => {
  const of = (id: bigint): ObjectBatch => new ObjectBatch({ attributes: { id } }, [{ body: "x" }]);
  const joined = concatBatches([of(9_007_199_254_740_993n), of(9_007_199_254_740_993n), of(9_007_199_254_740_992n)]);
  assert.deepEqual(
    joined.map(({ size }) => size),
    [2, 1],
  );
});

test("columns with values of every kind, times, trace context and a scope are joined as well", () => {
  const random = createRandom(57);
  const keys = new KeyTable();
  for (let round = 0; round < 100; round++) {
    const batches = Array.from({ length: 3 }, () => typedBatches(random, 1 + Math.floor(random() * 6), keys).columns);
    // The tables of severities differ: in a source they are the same.
    const [{ columns: first }] = batches as [ColumnBatch];
    const same = batches.map(
      (batch) =>
        new ColumnBatch(batch.resource, {
          ...batch.columns,
          severities: first.severities,
          eventNames: first.eventNames,
        }),
    );
    const joined = concatBatches(same);
    assert.equal(joined.length, 1);
    assert.deepEqual(joined.flatMap(contentOf), batches.flatMap(contentOf));
  }
});
