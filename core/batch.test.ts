import assert from "node:assert/strict";
import { test } from "node:test";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { AttributeSet } from "./attributes.ts";
import type { LogBatch } from "./batch.ts";
import { ObjectBatch, type PlainRecord } from "./object-batch.ts";
import type { LogRecord } from "./record.ts";

const RESOURCE = { attributes: { "service.name": "tidb" } };
const OBSERVED = 1_786_000_000_123_456_789n;

const RECORDS: readonly PlainRecord[] = [
  {
    timeUnixNano: 1_786_069_211_487_776_265n,
    observedTimeUnixNano: OBSERVED,
    severityNumber: 13,
    severityText: "WARN",
    eventName: "tidb.slow_query",
    body: "größe",
    attributes: { conn: "8306449708033769879", "user.name": "o'brien", empty: "" },
  },
  { observedTimeUnixNano: OBSERVED, severityNumber: 0, body: 'a "quoted"\nbody', attributes: { k: "\u0000\\" } },
  { observedTimeUnixNano: OBSERVED, severityNumber: 9, severityText: "INFO", body: "", attributes: {} },
];

const KINDS: readonly (readonly [string, (records: readonly PlainRecord[]) => LogBatch])[] = [
  ["object", (records) => new ObjectBatch(RESOURCE, records)],
  ["column", (records) => columnBatchOf(RESOURCE, records)],
];

/** Everything a record says. */
function told(record: LogRecord): object {
  const { timeUnixNano, observedTimeUnixNano, severityNumber, severityText, eventName, body, resource } = record;
  const attributes = { ...record.attributes };
  const single = Object.fromEntries(Object.keys(attributes).map((key) => [key, record.attribute(key)]));
  return {
    timeUnixNano,
    observedTimeUnixNano,
    severityNumber,
    severityText,
    eventName,
    body,
    resource,
    attributes,
    single,
  };
}

const all = (batch: LogBatch): object[] => Array.from(batch, told);

for (const [kind, make] of KINDS) {
  test(`${kind} batch: a record tells exactly what went in, nanoseconds and 64-bit ids too`, () => {
    const batch = make(RECORDS);
    assert.equal(batch.size, 3);
    assert.equal(batch.at(0).timeUnixNano, 1_786_069_211_487_776_265n);
    assert.equal(batch.at(0).attribute("conn"), "8306449708033769879");
    assert.equal(batch.at(1).timeUnixNano, 0n);
    assert.equal(batch.at(1).severityText, undefined);
    assert.equal(batch.at(1).attribute("k"), "\u0000\\");
    assert.equal(batch.at(0).attribute("missing"), undefined);
    assert.equal(batch.at(0).attribute("toString"), undefined);
  });

  test(`${kind} batch: a record that does not exist is a RangeError`, () => {
    for (const index of [-1, 3, Number.NaN, 0.5 + 3]) assert.throws(() => make(RECORDS).at(index), RangeError);
  });

  test(`${kind} batch: layers add and win over what was there, later ones over earlier ones, and the batch itself stays`, () => {
    const batch = make(RECORDS);
    const before = all(batch);
    const some = batch.withLayer({
      sets: [new AttributeSet({ conn: "1", added: true })],
      index: Uint32Array.of(1, 0, 0),
    });
    const more = some.withLayer({ sets: [new AttributeSet({ added: "all" })], index: undefined });
    assert.equal(some.at(0).attribute("conn"), "1");
    assert.deepEqual({ ...some.at(0).attributes }, { conn: "1", "user.name": "o'brien", empty: "", added: true });
    assert.equal(some.at(1).attribute("added"), undefined);
    assert.deepEqual([more.at(0).attribute("added"), more.at(2).attribute("added")], ["all", "all"]);
    assert.deepEqual(all(batch), before);
  });

  test(`${kind} batch: a selection holds the chosen records in the chosen order, with their layers`, () => {
    const layered = make(RECORDS).withLayer({ sets: [new AttributeSet({ n: 2 })], index: Uint32Array.of(0, 0, 1) });
    const picked = layered.select([2, 0]);
    assert.equal(picked.size, 2);
    assert.deepEqual(all(picked), [told(layered.at(2)), told(layered.at(0))]);
    assert.equal(picked.at(0).attribute("n"), 2);
    assert.equal(make(RECORDS).select([]).size, 0);
  });

  test(`${kind} batch: another resource leaves the records as they are`, () => {
    const moved = make(RECORDS).withResource({ attributes: { a: "b" } });
    assert.deepEqual(moved.at(0).resource, { attributes: { a: "b" } });
    assert.equal(moved.at(0).body, "größe");
  });
}

test("both kinds tell the same about the same random records, also through layers and selections", () => {
  const random = createRandom(21);
  const texts = ["", "a", "ü", '"', "\\", "\u0000", "x".repeat(300), "line\nfeed", "\u2028", "k=v"];
  for (let round = 0; round < 200; round++) {
    const records = Array.from({ length: 1 + Math.floor(random() * 5) }, (): PlainRecord => ({
      ...(random() < 0.7 ? { timeUnixNano: BigInt(Math.floor(random() * 1e15)) * 1000n + 7n } : {}),
      observedTimeUnixNano: OBSERVED,
      severityNumber: Math.floor(random() * 25),
      body: pick(random, texts),
      attributes: Object.fromEntries(
        ["a", "b", "c"].filter(() => random() < 0.7).map((key) => [key, pick(random, texts)]),
      ),
    }));
    const layer = {
      sets: [new AttributeSet({ b: "set", d: 1n })],
      index: Uint32Array.from(records, () => (random() < 0.5 ? 1 : 0)),
    };
    const order = records
      .map((_, i) => i)
      .filter(() => random() < 0.8)
      .reverse();
    const [objects, columns] = KINDS.map(([, make]) => make(records).withLayer(layer).select(order)) as [
      LogBatch,
      LogBatch,
    ];
    // Severity texts of columns are the source's own; objects derive them from the number.
    const same = (batch: LogBatch): object[] => all(batch).map((record) => ({ ...record, severityText: undefined }));
    assert.deepEqual(same(columns), same(objects));
  }
});
