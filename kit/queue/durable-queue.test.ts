import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { fakeContext } from "#test/support/fake-context.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import type { DurableQueue } from "./durable-queue.ts";
import { openQueue } from "./open-queue.ts";
import { realFiles } from "./real-files.ts";

const never = new AbortController().signal;
const text = (payload: Uint8Array): string => Buffer.from(payload).toString();
const append = (queue: DurableQueue, payload: string, priority = 0): Promise<void> =>
  queue.append({ payload: Buffer.from(payload), records: 1, priority }, never);

test("items come out in the order they went in, with their record counts, and are gone when they are done", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, {}, fakeContext());
  await Promise.all(
    ["a", "b", "c"].map((payload, k) => queue.append({ payload: Buffer.from(payload), records: k }, never)),
  );
  assert.equal(queue.stats().items, 3);
  assert.equal(queue.stats().records, 3);
  const items = [await queue.take(never), await queue.take(never), await queue.take(never)];
  assert.deepEqual(
    items.map(({ payload, records }) => [text(payload), records]),
    [
      ["a", 0],
      ["b", 1],
      ["c", 2],
    ],
  );
  for (const item of items) queue.done(item);
  assert.equal(queue.stats().items, 0);
  assert.equal(queue.stats().bytes, 0);
  await queue.close();
});

test("what is neither done nor given back comes again after a restart, in order; what is done does not", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, {}, fakeContext());
  for (const payload of ["a", "b", "c", "d"]) await append(queue, payload);
  await queue.take(never);
  queue.done(await queue.take(never));
  await queue.close();
  const again = await openQueue(folder.path, {}, fakeContext());
  assert.equal(again.stats().items, 3);
  await append(again, "e");
  const got = [];
  for (let k = 0; k < 4; k++) got.push(text((await again.take(never)).payload));
  assert.deepEqual(got, ["a", "c", "d", "e"]);
  await again.close();
});

test("items that are given back return to the head in order, in front of one that was read ahead", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, {}, fakeContext());
  for (const payload of ["a", "b", "c"]) await append(queue, payload);
  const a = await queue.take(never);
  const b = await queue.take(never);
  queue.giveBack(b);
  queue.giveBack(a);
  const got = [];
  for (let k = 0; k < 3; k++) got.push(text((await queue.take(never)).payload));
  assert.deepEqual(got, ["a", "b", "c"]);
  await queue.close();
});

test("take waits for an item; an aborted one takes nothing with it", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, {}, fakeContext());
  const impatient = new AbortController();
  const first = queue.take(impatient.signal);
  const second = queue.take(never);
  impatient.abort(new Error("enough"));
  await assert.rejects(first, /enough/);
  await append(queue, "a");
  assert.equal(text((await second).payload), "a");
  await queue.close();
});

test("closing refuses those who wait, is safe twice, and lets another owner in", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, {}, fakeContext());
  await assert.rejects(openQueue(folder.path, {}, fakeContext()), { code: "queue_in_use" });
  const waiting = assert.rejects(queue.take(never), { code: "queue_closed" });
  await queue.close();
  await queue.close();
  await waiting;
  await assert.rejects(append(queue, "late"), { code: "queue_closed" });
  await assert.rejects(queue.take(never), { code: "queue_closed" });
  await (await openQueue(folder.path, {}, fakeContext())).close();
});

test("appends that arrive together share one sync", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, {}, fakeContext());
  await Promise.all(Array.from({ length: 100 }, (_, k) => append(queue, `${k}`)));
  assert.ok(queue.stats().syncs <= 3, `${queue.stats().syncs} syncs`);
  await queue.close();
});

test("the oldest item goes first whatever its class, and classes keep their own files", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, {}, fakeContext());
  for (const [payload, priority] of [
    ["a", 2],
    ["b", 0],
    ["c", 2],
    ["d", 1],
  ] as const)
    await append(queue, payload, priority);
  const got = [];
  for (let k = 0; k < 4; k++) got.push(text((await queue.take(never)).payload));
  assert.deepEqual(got, ["a", "b", "c", "d"]);
  await queue.close();
});

test("files that are wholly done are removed once a checkpoint has passed them, and not before", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, { segment_bytes: 200 }, fakeContext());
  const segments = async (): Promise<number> =>
    (await readdir(folder.path)).filter((name) => name.endsWith(".segment")).length;
  for (let k = 0; k < 10; k++) await append(queue, "x".repeat(100));
  assert.equal(await segments(), 10);
  for (let k = 0; k < 9; k++) queue.done(await queue.take(never));
  assert.equal(await segments(), 10);
  await queue.checkpoint();
  assert.equal(await segments(), 1);
  await queue.close();
});

test("a checkpoint is written by itself after the interval", async () => {
  await using folder = await tempDir();
  const clock = manualClock();
  const queue = await openQueue(folder.path, { checkpoint_interval: 1000 }, fakeContext({ clock }));
  await append(queue, "a");
  queue.done(await queue.take(never));
  assert.equal(queue.stats().checkpoints, 0);
  await clock.advance(1000);
  await queue.checkpoint();
  assert.equal(queue.stats().checkpoints, 2);
  await queue.close();
});

test("the age of the oldest item is told, and a clock that is set back makes none negative", async () => {
  await using folder = await tempDir();
  const clock = manualClock();
  const queue = await openQueue(folder.path, {}, fakeContext({ clock }));
  await append(queue, "a");
  await clock.advance(5000);
  assert.equal(queue.stats().oldestAgeMs, 5000);
  const item = await queue.take(never);
  assert.equal(queue.stats().oldestAgeMs, 5000);
  queue.done(item);
  assert.equal(queue.stats().oldestAgeMs, 0);
  await append(queue, "b");
  await queue.close();
  const past = manualClock(0);
  const again = await openQueue(folder.path, {}, fakeContext({ clock: past }));
  assert.equal(again.stats().oldestAgeMs, 0);
  await again.close();
});

test("under `interval` an append does not wait for the sync, which comes after the interval", async () => {
  await using folder = await tempDir();
  const clock = manualClock();
  const synced = Promise.withResolvers<void>();
  const settings = { fsync: "interval", fsync_interval: 500 } as const;
  const files = {
    ...realFiles,
    open: async (...args: Parameters<typeof realFiles.open>) => {
      const file = await realFiles.open(...args);
      const sync = async (): Promise<void> => {
        await file.sync();
        if (appended) synced.resolve();
      };
      return { ...file, sync };
    },
  };
  let appended = false;
  const queue = await openQueue(folder.path, settings, { ...fakeContext({ clock }), files });
  await append(queue, "a");
  assert.equal(queue.stats().syncs, 0);
  appended = true;
  await clock.advance(500);
  await synced.promise;
  await queue.close();
});

test("an item that can never fit is refused for good, a wrong class or count is a bug of the caller", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, { max_bytes: 1000 }, fakeContext());
  await assert.rejects(append(queue, "x".repeat(1000)), { code: "queue_item_too_large", name: "PermanentError" });
  await assert.rejects(append(queue, "x", 4), RangeError);
  await assert.rejects(queue.append({ payload: Buffer.alloc(1), records: -1 }, never), RangeError);
  await queue.close();
});

test("settling an item twice is a bug that is seen", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, {}, fakeContext());
  await append(queue, "a");
  const item = await queue.take(never);
  queue.done(item);
  assert.throws(() => queue.done(item), /not in flight/);
  await queue.close();
  queue.giveBack(item);
});

test("no more items are handed out than may be in flight", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, { max_in_flight: 2 }, fakeContext());
  for (const payload of ["a", "b", "c"]) await append(queue, payload);
  const a = await queue.take(never);
  await queue.take(never);
  const third = queue.take(never);
  await queue.checkpoint();
  assert.equal(queue.stats().inFlight, 2);
  queue.done(a);
  assert.equal(text((await third).payload), "c");
  await queue.close();
});
