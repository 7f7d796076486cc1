import assert from "node:assert/strict";
import { after, test } from "node:test";
import { listAlerts, saveAlert } from "./alerts.ts";
import { someAlert } from "#test/support/some-alert.ts";
import { openTestStore } from "#test/support/store.ts";

const opened = await openTestStore();
const { store } = opened;
after(() => opened[Symbol.asyncDispose]());

const alert = someAlert({
  id: "a1",
  reason: "5 failures",
  firstSeenUnixNano: 1_000_000_000n,
  lastSeenUnixNano: 2_000_000_000n,
  entities: { user: "a'; drop table x;--\0\ud800", clientAddress: "10.0.0.9" },
});

test("an alert that comes again counts up and never down", async () => {
  await saveAlert(store, alert);
  await saveAlert(store, { ...alert, count: 9, reason: "9 failures", lastSeenUnixNano: 3_000_000_000n });
  await saveAlert(store, alert);
  const [stored, ...more] = await listAlerts(store, { limit: 10 });
  assert.deepEqual(more, []);
  assert.deepEqual([stored?.count, stored?.reason, stored?.lastSeen], ["9", "9 failures", new Date(3000)]);
});

test("hostile names are stored with what cannot be stored made visible", async () => {
  const [stored] = await listAlerts(store, { limit: 1 });
  assert.equal(stored?.entities.user, "a'; drop table x;--\u2400\ufffd");
});

test("times and counts beyond any sense are bounded", async () => {
  const absurd = { id: "a2", count: 1e300, firstSeenUnixNano: -(10n ** 30n), lastSeenUnixNano: 10n ** 30n };
  await saveAlert(store, { ...alert, ...absurd });
  const [stored] = await listAlerts(store, { limit: 1 });
  assert.equal(stored?.lastSeen.getUTCFullYear(), 9999);
  assert.equal(stored?.firstSeen.getTime(), 0);
});

test("a list can begin at a time", async () => {
  const ids = async (since: Date): Promise<string[]> =>
    (await listAlerts(store, { limit: 10, since })).map(({ id }) => id);
  assert.deepEqual(await ids(new Date(3000)), ["a2", "a1"]);
  assert.deepEqual(await ids(new Date(3001)), ["a2"]);
});
