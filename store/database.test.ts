import assert from "node:assert/strict";
import { after, test } from "node:test";
import { RetryableError } from "#core/errors.ts";
import { openTestStore } from "#test/support/store.ts";

const opened = await openTestStore();
const { store } = opened;
after(() => opened[Symbol.asyncDispose]());
await store.query("create table pair (id int primary key, n int not null)");
await store.query("insert into pair values (1, 0), (2, 0)");

test("a transaction that deadlocks is run again", async () => {
  const bothHoldOne = Promise.withResolvers<void>();
  let holding = 0;
  let runs = 0;
  const swap = (first: number, second: number): Promise<void> =>
    store.transaction(async (tx) => {
      runs++;
      await tx.query("update pair set n = n + 1 where id = $1", [first]);
      if (++holding === 2) bothHoldOne.resolve();
      await bothHoldOne.promise;
      await tx.query("update pair set n = n + 1 where id = $1", [second]);
    });
  await Promise.all([swap(1, 2), swap(2, 1)]);
  assert.deepEqual(await store.query("select n from pair order by id"), [{ n: 2 }, { n: 2 }]);
  assert.equal(runs, 3);
});

test("a failed transaction leaves nothing behind", async () => {
  const mistake = new Error("mine");
  const work = store.transaction(async (tx) => {
    await tx.query("insert into pair values (3, 0)");
    throw mistake;
  });
  await assert.rejects(work, mistake);
  assert.deepEqual(await store.query("select 1 from pair where id = 3"), []);
});

test("hostile text is data: quotes, NUL, half a surrogate, a megabyte", async () => {
  for (const text of ["a'; drop table pair;--", "\0", "x\ud800", "`%\u202e😀", "y".repeat(1 << 20)]) {
    const [row] = await store.query<{ text: string }>("select $1::text as text", [text]);
    assert.equal(row?.text, text.replace("\0", "\u2400").replace("\ud800", "\ufffd"));
  }
});

test("a connection that is cut in the middle of a transaction is a retryable error, and the next one works", async () => {
  const cut = store.transaction(async (tx) => {
    await tx.query("select pg_terminate_backend(pg_backend_pid())");
  });
  await assert.rejects(cut, RetryableError);
  assert.deepEqual(await store.query("select 1 as one"), [{ one: 1 }]);
});

test("a listener hears again after its connection was cut", async () => {
  const heard: string[] = [];
  let wake = Promise.withResolvers<void>();
  const listener = store.listen("test", (payload) => {
    heard.push(payload);
    wake.resolve();
  });
  await wake.promise;
  wake = Promise.withResolvers<void>();
  await store.query("select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen \"test\"'");
  await wake.promise;
  wake = Promise.withResolvers<void>();
  await store.query("select pg_notify('test', 'again')");
  await wake.promise;
  assert.deepEqual(heard, ["", "", "again"]);
  await listener.close();
});
