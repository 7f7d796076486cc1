import assert from "node:assert/strict";
import { after, test } from "node:test";
import { appendAudit, listAudit, verifyAudit } from "./audit.ts";
import { openTestStore } from "#test/support/store.ts";

const opened = await openTestStore();
const { store } = opened;
after(() => opened[Symbol.asyncDispose]());

const append = (run: string): Promise<void> =>
  store.transaction((tx) =>
    appendAudit(tx, { actor: "responder", event: "run_opened", run, detail: { name: "a\0b" } }),
  );

test("concurrent appends make one unbroken chain", async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => append(`r${i}`)));
  assert.deepEqual(await verifyAudit(store), { ok: true, rows: 20 });
});

test("an event reads back as it was written, with NUL made visible", async () => {
  await append("one");
  const [entry] = await listAudit(store, "one");
  assert.equal(entry?.event, "run_opened");
  assert.deepEqual(entry?.detail, { name: "a\u2400b" });
  assert.match(entry?.at ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

for (const [what, sql, verdict] of [
  [
    "edited content",
    "update tidewatch.audit set content = replace(content, 'responder', 'nobody') where seq = 3",
    "3 changed",
  ],
  ["a run id that was moved to another run", "update tidewatch.audit set run_id = 'x' where seq = 4", "4 changed"],
  ["a deleted row in the middle", "delete from tidewatch.audit where seq = 5", "5 missing"],
  ["rows cut off the end", "delete from tidewatch.audit where seq > 18", "19 missing"],
  ["a head that was set back", "update tidewatch.audit_head set seq = 18", "18 not the end that was recorded"],
  [
    "a head that was set back together with its hash",
    "update tidewatch.audit_head set seq = 18, hash = (select hash from tidewatch.audit where seq = 18)",
    "19 behind the end that was recorded",
  ],
  ["a head that was deleted", "delete from tidewatch.audit_head", "0 the recorded end is missing"],
  ["content that is no JSON any more", "update tidewatch.audit set content = '{' where seq = 3", "3 changed"],
] as const) {
  test(`verification names the first broken row: ${what}`, async () => {
    const undo = new Error("undo");
    await assert.rejects(
      store.transaction(async (tx) => {
        await tx.query(sql);
        const result = await verifyAudit(tx);
        assert.ok(!result.ok);
        assert.equal(`${result.seq} ${result.reason}`, verdict);
        throw undo;
      }),
      undo,
    );
  });
}
