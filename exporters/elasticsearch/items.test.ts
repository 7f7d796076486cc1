import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_RESOURCE } from "#core/attributes.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { linesBatch } from "#test/oracle/lines-batch.ts";
import { type BulkDocument, startBulkServer } from "#test/support/bulk-server.ts";
import { asideOf, batchOf, errorOf, started, textOf } from "#test/support/elasticsearch-exporter.ts";

const NEVER = new AbortController().signal;

test("of a half-taken batch only the documents that were not taken are sent again, in their order", async (t) => {
  const busy = new Map([
    ["b", 429],
    ["d", 503],
  ]);
  await using server = await startBulkServer((document, request) =>
    request === 1 ? (busy.get(String(textOf(document))) ?? 201) : 201,
  );
  const { exporter, context, clock } = await started(t, { endpoint: server.url });
  const done = exporter.consume(batchOf("a", "b", "c", "d", "e"), NEVER);
  await clock.untilSleeping();
  await clock.advance(1000);
  await done;
  assert.deepEqual(
    server.batches.map((documents) => documents.map(textOf)),
    [
      ["a", "b", "c", "d", "e"],
      ["b", "d"],
    ],
  );
  assert.deepEqual(server.stored.map(textOf), ["a", "c", "e", "b", "d"]);
  assert.equal(context.lines.length, 1);
  assert.match(errorOf(context), /did not take 2 of 5 documents: 429 some_exception/);
  assert.deepEqual(context.statuses, ["StatusRecoverableError", "StatusOK"]);
  assert.deepEqual(context.rejected, []);
});

test("documents that a mapping refuses are set aside by kind of fault, the others are stored", async (t) => {
  await using server = await startBulkServer((document) => {
    const text = String(textOf(document));
    if (text.startsWith("bad"))
      return { status: 400, type: "document_parsing_exception", reason: `field of ${text} \u001b[31m` };
    return text === "gone" ? { status: 404, type: "index_not_found_exception", reason: "no such index" } : 201;
  });
  const { exporter, context } = await started(t, { endpoint: server.url });
  await exporter.consume(batchOf("bad 1", "ok", "gone", "bad 2"), NEVER);
  assert.deepEqual(server.stored.map(textOf), ["ok"]);
  assert.equal(server.batches.length, 1);
  const refused = "Elasticsearch refused documents: ";
  assert.deepEqual(asideOf(context), [
    [
      ["bad 1", "bad 2"],
      "elasticsearch_refused",
      `${refused}400 document_parsing_exception: field of bad 1 \\u001b[31m`,
    ],
    [["gone"], "elasticsearch_refused", `${refused}404 index_not_found_exception: no such index`],
  ]);
});

test("refused, busy and taken in one answer: each goes its own way", async (t) => {
  const verdicts: Record<string, number> = { no: 400, later: 429 };
  await using server = await startBulkServer((document, request) =>
    request === 1 ? (verdicts[String(textOf(document))] ?? 201) : 201,
  );
  const { exporter, context, clock } = await started(t, { endpoint: server.url });
  const done = exporter.consume(batchOf("later", "no", "yes"), NEVER);
  await clock.untilSleeping();
  await clock.advance(1000);
  await done;
  assert.deepEqual(server.stored.map(textOf), ["yes", "later"]);
  assert.deepEqual(
    asideOf(context).map(([bodies]) => bodies),
    [["no"]],
  );
});

for (const status of [401, 403]) {
  test(`documents that meet ${status} are kept, and sent again after 30 s`, async (t) => {
    await using server = await startBulkServer((_, request) => (request === 1 ? status : 201));
    const { exporter, context, clock } = await started(t, { endpoint: server.url });
    const done = exporter.consume(batchOf("x"), NEVER);
    await clock.untilSleeping();
    await clock.advance(29_999);
    assert.equal(server.batches.length, 1);
    await clock.advance(1);
    await done;
    assert.deepEqual([server.stored.length, context.rejected.length], [1, 0]);
  });
}

test("an answer with fewer items than documents: those that nothing was said of are sent again", async (t) => {
  const short = JSON.stringify({ errors: false, items: [{ create: { status: 201 } }, {}, { create: null }] });
  await using server = await startBulkServer(undefined, (usual, request) =>
    request === 1 ? { status: 200, body: short } : usual,
  );
  const { exporter, clock } = await started(t, { endpoint: server.url });
  const done = exporter.consume(batchOf("a", "b", "c", "d"), NEVER);
  await clock.untilSleeping();
  await clock.advance(1000);
  await done;
  assert.deepEqual(server.batches[1]?.map(textOf), ["b", "c", "d"]);
});

for (const [name, body] of [
  ["a web page", "<html>please log in</html>"],
  ["JSON of somebody else", '{"ok":true}'],
  ["nothing", ""],
] as const) {
  test(`200 with ${name} takes nothing: the batch is sent again after 30 s`, async (t) => {
    await using server = await startBulkServer(undefined, (usual, request) =>
      request === 1 ? { status: 200, body } : usual,
    );
    const { exporter, context, clock } = await started(t, { endpoint: server.url });
    const done = exporter.consume(batchOf("x"), NEVER);
    await clock.untilSleeping();
    await clock.advance(30_000);
    await done;
    assert.equal(server.batches.length, 2);
    assert.match(errorOf(context), /gave no answer to a bulk request/);
  });
}

for (const [name, answer] of [
  ["a connection that drops after everything was stored", "drop"],
  ["an answer that comes after the time-out", "hang"],
] as const) {
  test(`${name}: with ids nothing is stored twice, equal lines included`, async (t) => {
    await using server = await startBulkServer(undefined, (usual, request) => (request === 1 ? answer : usual));
    const settings = { endpoint: server.url, document_id: "hash", timeout: "1s" };
    const { exporter, context, clock } = await started(t, settings);
    const done = exporter.consume(linesBatch(["same", "other", "same"]), NEVER);
    await clock.untilSleeping();
    await clock.advance(1000);
    await done;
    assert.equal(server.batches.length, 2);
    assert.deepEqual(server.stored.map(textOf), ["same", "other", "same"]);
    assert.equal(new Set(server.stored.map(({ id }) => id)).size, 3);
    assert.deepEqual(context.rejected, []);
  });
}

test("ids stay with their records when only some are sent again", async (t) => {
  await using server = await startBulkServer((document, request) =>
    request === 1 && textOf(document) === "same" ? 429 : 201,
  );
  const { exporter, clock } = await started(t, { endpoint: server.url, document_id: "hash" });
  const done = exporter.consume(linesBatch(["same", "other", "same"]), NEVER);
  await clock.untilSleeping();
  await clock.advance(1000);
  await done;
  const [first, second] = server.batches as [BulkDocument[], BulkDocument[]];
  assert.deepEqual(
    second.map(({ id }) => id),
    [first[0]?.id, first[2]?.id],
  );
  assert.equal(server.stored.length, 3);
});

test("a conflict without ids of ours is a refusal", async (t) => {
  await using server = await startBulkServer(() => 409);
  const { exporter, context } = await started(t, { endpoint: server.url });
  await exporter.consume(batchOf("x"), NEVER);
  assert.equal(asideOf(context)[0]?.[1], "elasticsearch_refused");
});

test("equal records that are objects have no id, those with a log.record.uid have one", async (t) => {
  await using server = await startBulkServer();
  const { exporter } = await started(t, { endpoint: server.url, document_id: "hash" });
  const alert = { body: "alert", attributes: { "log.record.uid": "a1" } };
  await exporter.consume(new ObjectBatch(EMPTY_RESOURCE, [{ body: "x" }, { body: "x" }, alert]), NEVER);
  await exporter.consume(new ObjectBatch(EMPTY_RESOURCE, [alert]), NEVER);
  assert.deepEqual(server.stored.map(textOf), ["x", "x", "alert"]);
  assert.deepEqual(
    server.stored.map(({ id }) => id === undefined),
    [true, true, false],
  );
});
