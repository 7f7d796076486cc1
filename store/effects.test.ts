import assert from "node:assert/strict";
import { after, test } from "node:test";
import { takeBudget } from "./budgets.ts";
import {
  claimEffect,
  claimExpired,
  expiredEffects,
  holdEffect,
  loadEffect,
  postponeUndo,
  releaseRunEffects,
  settleEffect,
} from "./effects.ts";
import { dropLease, holdLease } from "./leases.ts";
import { openTestStore } from "#test/support/store.ts";

const opened = await openTestStore();
const { store } = opened;
after(() => opened[Symbol.asyncDispose]());

async function hold(key: string, runId: string, lasts: number | "not" = 60_000): Promise<string> {
  const expiresMs = lasts === "not" ? undefined : lasts;
  const want = { key, action: "net.block_ip", planned: {}, runId, stepId: "s", expiresMs };
  const id = await store.transaction((tx) => holdEffect(tx, want));
  assert.ok(id);
  return id;
}

async function activate(id: string): Promise<void> {
  const claim = await claimEffect(store, id, 60_000);
  assert.ok(claim);
  await settleEffect(store, claim, "active");
}

test("runs that want one lasting effect at the same time share it", async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => hold("shared", `r${i}`)));
  assert.equal(new Set(ids).size, 1);
});

test("an effect ends when its last holder lets go, not before", async () => {
  const id = await hold("two holders", "first");
  assert.equal(await hold("two holders", "second"), id);
  await activate(id);
  await releaseRunEffects(store, "first");
  assert.equal(await claimExpired(store, id, 60_000), undefined);
  await releaseRunEffects(store, "second");
  assert.ok((await expiredEffects(store, 100)).includes(id));
  assert.ok(await claimExpired(store, id, 60_000));
});

test("asking twice for one step does not make its effect last longer", async () => {
  const id = await hold("twice", "r", 1000);
  const before = (await loadEffect(store, id))?.expiresAt;
  await hold("twice", "r", 90_000);
  assert.deepEqual((await loadEffect(store, id))?.expiresAt, before);
});

test("one worker at a time is at the target of an effect", async () => {
  const id = await hold("claims", "r");
  const stale = await claimEffect(store, id, 0);
  const fresh = await claimEffect(store, id, 60_000);
  assert.ok(stale && fresh);
  assert.equal(await claimEffect(store, id, 60_000), undefined);
  assert.equal(await settleEffect(store, stale, "active"), false);
  assert.equal(await settleEffect(store, fresh, "active"), true);
});

test("an effect that ended comes into being again as a new one", async () => {
  const id = await hold("again", "r1");
  const claim = await claimEffect(store, id, 60_000);
  assert.ok(claim);
  await settleEffect(store, claim, "reverted_verified");
  assert.notEqual(await hold("again", "r2"), id);
});

test("an effect that is being taken back cannot be joined, one whose undo failed can", async () => {
  const id = await hold("leaving", "r1");
  await activate(id);
  await releaseRunEffects(store, "r1");
  const claim = await claimExpired(store, id, 60_000);
  assert.ok(claim);
  const want = { key: "leaving", action: "net.block_ip", planned: {}, runId: "r2", stepId: "s", expiresMs: 1000 };
  assert.equal(await store.transaction((tx) => holdEffect(tx, want)), undefined);
  await settleEffect(store, claim, "undo_failed", "unreachable");
  assert.equal(await hold("leaving", "r2"), id);
  assert.equal((await loadEffect(store, id))?.state, "intent");
});

test("effects that do not last belong to one step each and never expire", async () => {
  const [one, two] = await Promise.all([hold("mail", "r1", "not"), hold("mail", "r2", "not")]);
  assert.notEqual(one, two);
  assert.equal((await expiredEffects(store, 100)).includes(one), false);
});

test("an undo that failed waits its time", async () => {
  const id = await hold("undo", "undo-run");
  await activate(id);
  await releaseRunEffects(store, "undo-run");
  const claim = await claimExpired(store, id, 60_000);
  assert.ok(claim);
  await postponeUndo(store, claim, 60_000, "unreachable");
  assert.equal((await expiredEffects(store, 100)).includes(id), false);
  assert.deepEqual(await loadEffect(store, id).then((effect) => [effect?.undoAttempts, effect?.error]), [
    1,
    "unreachable",
  ]);
});

test("a budget never gives more than its limit, however many ask at once", async () => {
  const limit = { count: 5, windowMs: 3_600_000 };
  const taken = await Promise.all(Array.from({ length: 12 }, () => takeBudget(store, "b", 1, limit)));
  assert.equal(taken.filter(Boolean).length, 5);
  assert.equal(await takeBudget(store, "b2", 6, limit), false);
  await store.query("update tidewatch.budgets set window_start = window_start - interval '1 hour'");
  assert.equal(await takeBudget(store, "b", 5, limit), true);
});

test("a lease has one owner until it runs out or is dropped", async () => {
  assert.equal(await holdLease(store, "sweep", "a", 60_000), true);
  assert.equal(await holdLease(store, "sweep", "b", 60_000), false);
  assert.equal(await holdLease(store, "sweep", "a", 60_000), true);
  await dropLease(store, "sweep", "a");
  assert.equal(await holdLease(store, "sweep", "b", 0), true);
  assert.equal(await holdLease(store, "sweep", "a", 60_000), true);
});
