import assert from "node:assert/strict";
import { test } from "node:test";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { AttributeSet } from "./attributes.ts";
import type { LogBatch } from "./batch.ts";
import { BatchEdit } from "./batch-edit.ts";
import { ObjectBatch, type PlainRecord } from "./object-batch.ts";

const RESOURCE = { attributes: { "service.name": "tidb" } };
const RECORDS: readonly PlainRecord[] = [
  { observedTimeUnixNano: 1n, severityNumber: 13, severityText: "WARN", body: "one", attributes: { a: "1", b: "2" } },
  { observedTimeUnixNano: 1n, severityNumber: 9, severityText: "INFO", body: "two", attributes: { a: "1" } },
  { observedTimeUnixNano: 1n, severityNumber: 9, severityText: "INFO", body: "three", attributes: {} },
];
const KINDS: readonly (readonly [string, (records: readonly PlainRecord[]) => LogBatch])[] = [
  ["object", (records) => new ObjectBatch(RESOURCE, records)],
  ["column", (records) => columnBatchOf(RESOURCE, records)],
];

const attributesOf = (batch: LogBatch): object[] => Array.from(batch, ({ attributes }) => ({ ...attributes }));

for (const [kind, make] of KINDS) {
  test(`${kind} batch: without a change the same batch goes on`, () => {
    const batch = make(RECORDS);
    const edit = new BatchEdit(batch);
    edit.draft(0).draft.set("a", "1");
    edit.draft(1).draft.set("new", 1);
    edit.draft(1).draft.delete("new");
    edit.draft(2).draft.delete("none");
    edit.draft(2).setHead("body", "three");
    assert.equal(edit.finish(), batch);
  });

  test(`${kind} batch: attributes that are only added become a layer, and equal ones share their set`, () => {
    const batch = make(RECORDS);
    const edit = new BatchEdit(batch);
    edit.draft(0).draft.set("new", 1);
    edit.draft(2).draft.set("new", 1);
    const edited = edit.finish();
    assert.equal(edited.columns, batch.columns);
    assert.equal(edited.layers.at(-1)?.sets.length, 1);
    assert.deepEqual(attributesOf(edited), [{ a: "1", b: "2", new: 1 }, { a: "1" }, { new: 1 }]);
  });

  test(`${kind} batch: what was replaced or removed is nowhere in the batch that goes on`, () => {
    for (const change of [
      (edit: BatchEdit) => edit.draft(0).draft.delete("b"),
      (edit: BatchEdit) => edit.draft(0).draft.set("b", "hidden"),
      (edit: BatchEdit) => edit.draft(0).setHead("body", "hidden"),
    ]) {
      const edit = new BatchEdit(make(RECORDS));
      change(edit);
      const edited = edit.finish();
      assert.equal(edited.columns, undefined);
      assert.equal(edited.size, 3);
      assert.deepEqual({ ...edited.at(1).attributes }, { a: "1" });
      assert.equal(edited.at(1).severityText, "INFO");
    }
  });

  test(`${kind} batch: a change of the resource is one for all records and leaves them as they are`, () => {
    const batch = make(RECORDS);
    const edit = new BatchEdit(batch);
    edit.resource.set("zone", "a");
    const edited = edit.finish();
    assert.deepEqual({ ...edited.at(2).resource.attributes }, { "service.name": "tidb", zone: "a" });
    assert.equal(edited.columns, batch.columns);
    assert.deepEqual(batch.resource, RESOURCE);
  });
}

test("both kinds come to the same after random changes, and nobody changes the batch itself", () => {
  const random = createRandom(5);
  const keys = ["a", "b", "c", "__proto__"];
  for (let round = 0; round < 300; round++) {
    const changes = Array.from({ length: 1 + Math.floor(random() * 6) }, () => ({
      record: Math.floor(random() * 3),
      key: pick(random, keys),
      kind: pick(random, ["set", "set", "delete", "body", "severityNumber", "replace"] as const),
      value: pick(random, ["1", "2", 7, null]),
    }));
    const results = KINDS.map(([, make]) => {
      const batch = make(RECORDS).withLayer({
        sets: [new AttributeSet({ c: "layer" })],
        index: Uint32Array.of(1, 0, 0),
      });
      const before = attributesOf(batch);
      const edit = new BatchEdit(batch);
      for (const { record, key, kind, value } of changes) {
        const draft = edit.draft(record);
        if (kind === "set") draft.draft.set(key, value);
        else if (kind === "delete") draft.draft.delete(key);
        else if (kind === "replace") draft.draft.replace({ ...draft.attributes, x: 1 });
        else if (kind === "body") draft.setHead("body", value);
        else draft.setHead("severityNumber", 17);
        assert.deepEqual(
          draft.attribute(key),
          Object.hasOwn(draft.attributes, key) ? draft.attributes[key] : undefined,
        );
      }
      assert.deepEqual(attributesOf(batch), before);
      return Array.from(edit.finish(), ({ body, severityNumber, severityText, attributes }) => ({
        body,
        severityNumber,
        severityText,
        attributes: Object.entries(attributes).sort(),
      }));
    });
    assert.deepEqual(results[0], results[1]);
  }
});
