import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import type { Attributes, AttributeValue } from "#core/attributes.ts";
import { ConfigError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { recordingConsumer } from "#test/support/fake-consumers.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { process, processBoth, textRecord } from "#test/ottl/both-kinds.ts";
import { redactionProcessor } from "./index.ts";

const CARD = "4[0-9]{12}(?:[0-9]{3})?";

async function redact(raw: object, attributes: Attributes, body: AttributeValue = "", resource: Attributes = {}) {
  const batch = new ObjectBatch({ attributes: resource }, [{ body, attributes }]);
  const { records } = await process(redactionProcessor, raw, batch);
  return records[0] as { attributes: object; body: unknown; resource: object };
}

test("attributes that are not allowed are removed, of records and of the resource, and by default all are", async () => {
  const attributes = { id: "5", name: "n", secret: "s" };
  assert.deepEqual((await redact({ allowed_keys: ["id", "name"] }, attributes)).attributes, { id: "5", name: "n" });
  const bare = await redact({}, attributes, "b", { "service.name": "tidb" });
  assert.deepEqual([bare.attributes, bare.resource, bare.body], [{}, {}, "b"]);
  assert.deepEqual((await redact({ allow_all_keys: true }, attributes)).attributes, attributes);
});

test("what a blocked value matches is masked in attributes and bodies, and the rest of the text stays", async () => {
  const raw = { allow_all_keys: true, blocked_values: [CARD, "(?i)identified by '[^']*'"] };
  const { objects, columns } = await processBoth(redactionProcessor, raw, [
    textRecord("paid with 4111111111111111 twice: 4111111111111", {
      "db.query.text": "CREATE USER x IDENTIFIED BY 'hunter2'",
      user: "root",
    }),
    textRecord("nothing here"),
  ]);
  assert.equal(objects.records[0]?.["body"], "paid with **** twice: ****");
  assert.deepEqual(objects.records[0]?.["attributes"], { "db.query.text": "CREATE USER x ****", user: "root" });
  assert.equal(columns.batches[0]?.columns, undefined, "the raw lines must not go on");
});

test("a batch without secrets passes on as it is", async () => {
  const batch = columnBatchOf({ attributes: {} }, [textRecord("nothing", { a: "b" })]);
  const { batches } = await process(
    redactionProcessor,
    { allow_all_keys: true, blocked_values: [CARD], summary: "debug" },
    batch,
  );
  assert.equal(batches[0], batch);
});

test("ignored keys are never removed or masked, allowed values never masked, blocked keys always", async () => {
  const raw = {
    allowed_keys: ["a", "api_token", "mail"],
    ignored_keys: ["safe"],
    ignored_key_patterns: ["^trusted\\."],
    blocked_key_patterns: [".*token.*"],
    blocked_values: [CARD, "mycompany.com"],
    allowed_values: ["support@mycompany.com"],
  };
  const card = "4111111111111111";
  const { attributes } = await redact(raw, {
    a: card,
    safe: card,
    "trusted.x": card,
    api_token: "t",
    mail: "support@mycompany.com",
    other: "o",
  });
  assert.deepEqual(attributes, {
    a: "****",
    safe: card,
    "trusted.x": card,
    api_token: "****",
    mail: "support@mycompany.com",
  });
});

test("members of bodies and of structured attributes are looked at however deep they are", async () => {
  const raw = { allow_all_keys: true, blocked_values: [CARD], blocked_key_patterns: ["password"] };
  const card = "4111111111111111";
  const structure = { list: [card, { deep: card, password: "p" }], n: 5, ok: "x" };
  const expected = { list: ["****", { deep: "****", password: "****" }], n: 5, ok: "x" };
  const { attributes, body } = await redact(raw, { m: structure }, structure);
  assert.deepEqual([attributes, body], [{ m: expected }, expected]);
  let deep: AttributeValue = card;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  assert.ok(!JSON.stringify((await redact(raw, {}, deep)).body).includes(card));
});

test("keys of a structured body must be allowed, those within an allowed attribute need not", async () => {
  const raw = { allowed_keys: ["m", "keep"] };
  const { attributes, body } = await redact(raw, { m: { x: 1 } }, { keep: { keep: 1, drop: 2 }, drop: 3 });
  assert.deepEqual([attributes, body], [{ m: { x: 1 } }, { keep: { keep: 1 } }]);
});

test("numbers are looked at when all types are", async () => {
  const raw = { allow_all_keys: true, blocked_values: [CARD] };
  assert.deepEqual((await redact(raw, { n: 4111111111111111 })).attributes, { n: 4111111111111111 });
  assert.deepEqual((await redact({ ...raw, redact_all_types: true }, { n: 4111111111111111, yes: true })).attributes, {
    n: "****",
    yes: true,
  });
});

test("a digest can stand for the secret, the same for the same one", async () => {
  const digests: Readonly<Record<string, string>> = {
    md5: createHash("md5").update("s3cret").digest("hex"),
    sha1: createHash("sha1").update("s3cret").digest("hex"),
    sha3: createHash("sha3-256").update("s3cret").digest("hex"),
    "hmac-sha256": createHmac("sha256", "key").update("s3cret").digest("hex"),
    "hmac-sha512": createHmac("sha512", "key").update("s3cret").digest("hex"),
  };
  for (const [hash_function, digest] of Object.entries(digests)) {
    const raw = {
      allow_all_keys: true,
      blocked_values: ["s3cret"],
      hash_function,
      ...(hash_function.startsWith("hmac") ? { hmac_key: "key" } : {}),
    };
    assert.deepEqual((await redact(raw, { a: "is s3cret" })).attributes, { a: `is ${digest}` });
  }
  assert.throws(() => redactionProcessor.prepare({ hash_function: "hmac-sha256" }), ConfigError);
  assert.throws(() => redactionProcessor.prepare({ hash_function: "md5", hmac_key: "key" }), ConfigError);
});

test("the summary tells names and counts, only counts, or nothing, and adds to an earlier one", async () => {
  const raw = {
    allowed_keys: ["a", "mail"],
    ignored_keys: ["safe"],
    blocked_values: [CARD],
    allowed_values: ["@"],
    summary: "debug",
  };
  const given = { a: "4111111111111111", mail: "x@y", safe: "s", gone: 1, also: 2 };
  const { attributes } = await redact(raw, given, { a: "4111111111111111", gone: 1 });
  assert.deepEqual(attributes, {
    a: "****",
    mail: "x@y",
    safe: "s",
    "redaction.redacted.keys": "also,gone",
    "redaction.redacted.count": 2,
    "redaction.masked.keys": "a",
    "redaction.masked.count": 1,
    "redaction.allowed.keys": "mail",
    "redaction.allowed.count": 1,
    "redaction.ignored.count": 1,
    "redaction.body.redacted.keys": "gone",
    "redaction.body.redacted.count": 1,
    "redaction.body.masked.keys": "a",
    "redaction.body.masked.count": 1,
  });
  const counts = (await redact({ ...raw, summary: "info" }, given)).attributes;
  assert.deepEqual(
    Object.keys(counts)
      .filter((key) => key.startsWith("redaction."))
      .sort(),
    ["redaction.allowed.count", "redaction.ignored.count", "redaction.masked.count", "redaction.redacted.count"],
  );
  assert.deepEqual(Object.keys((await redact({ ...raw, summary: "silent" }, given)).attributes), ["a", "mail", "safe"]);
  const again = (await redact({ ...raw, allowed_keys: ["a"] }, { ...attributes })).attributes as Attributes;
  assert.equal(again["redaction.redacted.keys"], "also,gone,mail");
  assert.equal(again["redaction.redacted.count"], 3);
});

test("an expression that matches nothing-at-all masks nothing, and digests cannot blow a record up", async () => {
  assert.deepEqual((await redact({ allow_all_keys: true, blocked_values: ["x*"] }, { a: "abxc" })).attributes, {
    a: "ab****c",
  });
  const raw = { allow_all_keys: true, blocked_values: ["."], hash_function: "hmac-sha512", hmac_key: "k" };
  const { attributes } = await redact(raw, { a: "x".repeat(100_000) });
  assert.equal((attributes as { a: string }).a.length, 128);
});

test("a value that takes too long to mask in parts is masked whole", async () => {
  const clock = manualClock();
  let nowMs = 0;
  const slow = { ...clock, monotonic: () => (nowMs += 100) };
  const next = recordingConsumer();
  const raw = { allow_all_keys: true, blocked_values: ["secret"] };
  const batch = new ObjectBatch({ attributes: {} }, [{ body: "secret ".repeat(9) }, { body: "a secret" }]);
  const redaction = redactionProcessor.prepare(raw)(fakeContext({ clock: slow }), next, next);
  await redaction.consume(batch, new AbortController().signal);
  assert.deepEqual(
    next.records.map(({ body }) => body),
    ["****", "a ****"],
  );
});

test("expressions that are none are refused, all of them", () => {
  assert.throws(
    () => redactionProcessor.prepare({ blocked_values: ["(", "ok", "(?=x)"], blocked_key_patterns: ["["] }),
    (error) =>
      error instanceof ConfigError &&
      error.issues
        .map(({ path }) => path.join("::"))
        .sort()
        .join() === "blocked_key_patterns::0,blocked_values::0,blocked_values::2",
  );
});
