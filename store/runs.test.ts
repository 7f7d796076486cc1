import assert from "node:assert/strict";
import { after, test } from "node:test";
import { decideApproval, askApproval, expireApproval, loadApprovals } from "./approvals.ts";
import { claimOutbox, deleteOutbox, enqueue } from "./outbox.ts";
import { claimRun, loadRun, openRun, saveRunPlan, setRunState, takeForgottenRuns } from "./runs.ts";
import { claimStep, insertSteps, isClaimed, moveStep, postponeStep, takeForgottenSteps } from "./steps.ts";
import { openTestStore } from "#test/support/store.ts";

const opened = await openTestStore();
const { store } = opened;
after(() => opened[Symbol.asyncDispose]());

let alerts = 0;
function open(once?: { key: string; withinMs: number }, alertId = `a${alerts++}`): Promise<string | undefined> {
  const run = { playbook: "p", version: 1, alertId, definition: {}, alert: { user: "o'neil\0" }, once };
  return store.transaction((tx) => openRun(tx, run));
}

async function runWithStep(): Promise<string> {
  const id = (await open()) as string;
  const step = { id: "s", phase: "main", action: "x.y", state: "ready", mode: "enforce" } as const;
  await insertSteps(store, id, [{ ...step, planned: [], refused: [], reason: null }]);
  return id;
}

test("one alert opens one run, however often it is delivered", async () => {
  const ids = await Promise.all([open(undefined, "same"), open(undefined, "same"), open(undefined, "same")]);
  assert.equal(ids.filter((id) => id !== undefined).length, 1);
});

test("a storm of alerts is one run with a counter, until the window closes", async () => {
  const once = { key: "k", withinMs: 60_000 };
  const ids = await Promise.all(Array.from({ length: 30 }, () => open(once)));
  const [id] = ids.filter((found) => found !== undefined);
  assert.equal((await loadRun(store, id as string))?.alertCount, 30);
  await store.query("update tidewatch.run_windows set until = now()");
  assert.notEqual(await open(once), undefined);
});

test("a plan is written by the holder of the claim alone", async () => {
  const id = (await open()) as string;
  const fence = (await claimRun(store, id, 60_000)) as number;
  assert.equal(await claimRun(store, id, 60_000), undefined);
  await store.query("update tidewatch.runs set lease_until = now() where id = $1", [id]);
  const next = (await claimRun(store, id, 60_000)) as number;
  assert.equal(await saveRunPlan(store, { id, fence }, {}), false);
  assert.equal(await saveRunPlan(store, { id, fence: next }, {}), true);
});

test("a run that has ended does not change any more", async () => {
  const id = (await open()) as string;
  await setRunState(store, id, "cancelled", "by hand");
  await setRunState(store, id, "done");
  const run = await loadRun(store, id);
  assert.deepEqual([run?.state, run?.reason], ["cancelled", "by hand"]);
});

test("a stale worker cannot move the step that another one took over", async () => {
  const runId = await runWithStep();
  const stale = await claimStep(store, runId, "s", 0);
  const fresh = await claimStep(store, runId, "s", 60_000);
  assert.ok(stale && fresh);
  assert.deepEqual([await isClaimed(store, stale), await isClaimed(store, fresh)], [false, true]);
  assert.equal(await moveStep(store, stale, "applied"), false);
  assert.equal(await moveStep(store, fresh, "intent"), true);
  assert.equal(await claimStep(store, runId, "s", 60_000), undefined);
});

test("a step that was put off is not taken before its time, nor called forgotten", async () => {
  const runId = await runWithStep();
  const claim = await claimStep(store, runId, "s", 60_000);
  assert.ok(claim);
  await postponeStep(store, claim, 60_000, "target is away");
  assert.equal(await claimStep(store, runId, "s", 60_000), undefined);
  const forgotten = await takeForgottenSteps(store, 0, 100);
  assert.equal(
    forgotten.some((step) => step.runId === runId),
    false,
  );
});

test("what is forgotten is found once per interval", async () => {
  const id = (await open()) as string;
  await store.query("update tidewatch.runs set dispatched_at = now() - interval '1 min' where id = $1", [id]);
  assert.deepEqual(await takeForgottenRuns(store, 30_000, 100), [id]);
  assert.deepEqual(await takeForgottenRuns(store, 30_000, 100), []);
});

test("an approval counts once, in time, and for the digest that was shown", async () => {
  const runId = await runWithStep();
  const ask = { runId, stepId: "s", digest: "d1", why: "mode", withinMs: 60_000 };
  await askApproval(store, ask);
  const decide = (digest: string, verdict: "approved" | "denied"): Promise<boolean> =>
    decideApproval(store, { runId, stepId: "s", digest, verdict, by: "maria" });
  assert.equal(await decide("d2", "approved"), false);
  const both = await Promise.all([decide("d1", "approved"), decide("d1", "denied")]);
  assert.equal(both.filter(Boolean).length, 1);
  const late = await runWithStep();
  await askApproval(store, { ...ask, runId: late, withinMs: 0 });
  assert.equal(
    await decideApproval(store, { runId: late, stepId: "s", digest: "d1", verdict: "approved", by: "x" }),
    false,
  );
  assert.equal((await expireApproval(store))?.runId, late);
  assert.equal((await loadApprovals(store, late))[0]?.state, "expired");
});

test("outbox messages go to one relay, when due, and again when it does not delete them", async () => {
  await store.query("delete from tidewatch.outbox");
  await enqueue(store, { runId: "r1" });
  await enqueue(store, { runId: "r2", stepId: "s", delayMs: 60_000 });
  const [first, second] = await Promise.all([claimOutbox(store, 10, 60_000), claimOutbox(store, 10, 60_000)]);
  const claimed = [...first, ...second];
  assert.deepEqual(
    claimed.map(({ runId, stepId }) => [runId, stepId]),
    [["r1", null]],
  );
  await store.query("update tidewatch.outbox set lease_until = now()");
  assert.equal((await claimOutbox(store, 10, 60_000)).length, 1);
  await deleteOutbox(
    store,
    claimed.map(({ id }) => id),
  );
  assert.deepEqual(await store.query("select run_id from tidewatch.outbox"), [{ run_id: "r2" }]);
});
