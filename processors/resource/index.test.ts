import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "#core/errors.ts";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { process, processBoth, textRecord } from "#test/ottl/both-kinds.ts";
import { resourceProcessor } from "./index.ts";

const RECORDS = [textRecord("a", { k: "v" }), textRecord("b")];

test("actions change the resource of all records and nothing of the records", async () => {
  const raw = {
    attributes: [
      { key: "cloud.zone", value: "zone-1", action: "upsert" },
      { key: "k8s.cluster.name", from_attribute: "k8s-cluster", action: "insert" },
      { key: "redundant", action: "delete" },
    ],
  };
  const { columns } = await processBoth(resourceProcessor, raw, RECORDS, { "k8s-cluster": "c", redundant: 1 });
  assert.deepEqual(
    columns.records.map(({ resource }) => resource),
    [
      { "k8s-cluster": "c", "cloud.zone": "zone-1", "k8s.cluster.name": "c" },
      { "k8s-cluster": "c", "cloud.zone": "zone-1", "k8s.cluster.name": "c" },
    ],
  );
  assert.deepEqual(
    columns.records.map(({ attributes }) => attributes),
    [{ k: "v" }, {}],
  );
});

test("the records stay the bytes they are, and without a change the same batch passes on", async () => {
  const batch = columnBatchOf({ attributes: { a: "x" } }, RECORDS);
  const changed = await process(resourceProcessor, { attributes: [{ key: "a", action: "delete" }] }, batch);
  assert.equal(changed.batches[0]?.columns, batch.columns);
  const same = await process(resourceProcessor, { attributes: [{ key: "none", action: "delete" }] }, batch);
  assert.equal(same.batches[0], batch);
});

test("a resource processor without actions is refused", () => {
  assert.throws(() => resourceProcessor.prepare({}), ConfigError);
  assert.throws(() => resourceProcessor.prepare({ attributes: [] }), ConfigError);
});
