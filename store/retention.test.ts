import assert from "node:assert/strict";
import { after, test } from "node:test";
import { appendAudit, verifyAudit } from "./audit.ts";
import { claimEffect, holdEffect, settleEffect } from "./effects.ts";
import { forgetOld } from "./retention.ts";
import { openRun, setRunState } from "./runs.ts";
import { openTestStore } from "#test/support/store.ts";

const opened = await openTestStore();
const { store } = opened;
after(() => opened[Symbol.asyncDispose]());

const DAY_MS = 86_400_000;

async function endedRun(alertId: string, ageDays: number): Promise<string> {
  const run = { playbook: "p", version: 1, alertId, definition: {}, alert: {} };
  const id = (await store.transaction((tx) => openRun(tx, run))) as string;
  await setRunState(store, id, "done");
  await store.query("update tidewatch.runs set finished_at = now() - $2 * interval '1 day' where id = $1", [
    id,
    ageDays,
  ]);
  return id;
}

test("old runs go, but not while an effect of theirs stands, and never their audit", async () => {
  const old = await endedRun("old", 100);
  const young = await endedRun("young", 1);
  const standing = await endedRun("standing", 100);
  await store.transaction((tx) => appendAudit(tx, { actor: "x", event: "run_opened", run: old }));
  const want = { key: "k", action: "a", planned: {}, runId: standing, stepId: "s", expiresMs: 1000 };
  const effect = (await store.transaction((tx) => holdEffect(tx, want))) as string;
  await forgetOld(store, 90 * DAY_MS, 100);
  const left = async (): Promise<string[]> =>
    (await store.query<{ id: string }>("select id from tidewatch.runs")).map(({ id }) => id).sort();
  assert.deepEqual(await left(), [young, standing].sort());
  const claim = await claimEffect(store, effect, 1000);
  assert.ok(claim);
  await settleEffect(store, claim, "reverted_verified");
  await store.query("update tidewatch.effects set changed_at = now() - interval '100 days'");
  await forgetOld(store, 90 * DAY_MS, 100);
  assert.deepEqual(await left(), [young]);
  assert.deepEqual(await store.query("select 1 from tidewatch.effects"), []);
  assert.deepEqual(await verifyAudit(store), { ok: true, rows: 1 });
});
