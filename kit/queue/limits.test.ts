import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeContext } from "#test/support/fake-context.ts";
import { FaultyFiles } from "#test/support/faulty-files.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import type { Dropped, DurableQueue } from "./durable-queue.ts";
import { openQueue } from "./open-queue.ts";

const never = new AbortController().signal;
/** Segments of three items with 100 bytes; room for ten of them. */
const SETTINGS = { max_bytes: 6000, segment_bytes: 600, min_free_bytes: 0 };
const FULL = 30;

const append = (queue: DurableQueue, name: string, priority = 0, signal = never): Promise<void> =>
  queue.append({ payload: Buffer.from(name.padEnd(100, "x")), records: 3, priority }, signal);

async function appendUntilFull(queue: DurableQueue, priority = 0): Promise<number> {
  for (let count = 0; ; count++) {
    const tooLong = new AbortController();
    const appended = append(queue, `${count}`, priority, tooLong.signal).then(() => true);
    const waited = fakeContextWarned(queue).then(() => false);
    if (await Promise.race([appended, waited])) continue;
    tooLong.abort(new Error("full"));
    await assert.rejects(appended, /full/);
    return count;
  }
}

const warned = new WeakMap<DurableQueue, Promise<unknown>>();
const fakeContextWarned = (queue: DurableQueue): Promise<unknown> => warned.get(queue) ?? new Promise(() => undefined);

async function openFull(path: string, more: object = {}, world: object = {}): Promise<DurableQueue> {
  const context = fakeContext();
  const queue = await openQueue(path, { ...SETTINGS, ...more }, { ...context, ...world });
  warned.set(queue, context.untilWarned());
  return queue;
}

test("a full queue makes appends wait, in order, until a file is done; who gives up loses nothing", async () => {
  await using folder = await tempDir();
  const queue = await openFull(folder.path);
  const count = await appendUntilFull(queue);
  assert.ok(count > FULL && count <= 38, `${count} items`);
  assert.ok(queue.stats().diskBytes <= SETTINGS.max_bytes);
  const order: string[] = [];
  const impatient = new AbortController();
  const waiting = ["u", "v", "w"].map((name) =>
    append(queue, name, 0, name === "v" ? impatient.signal : never).then(() => order.push(name)),
  );
  impatient.abort(new Error("enough"));
  await assert.rejects(waiting[1] as Promise<number>, /enough/);
  for (let k = 0; k < 12; k++) queue.done(await queue.take(never));
  await Promise.all([waiting[0], waiting[2]]);
  assert.deepEqual(order, ["u", "w"]);
  const got: string[] = [];
  while (queue.stats().items > 0) {
    const item = await queue.take(never);
    got.push(item.payload.toString().replaceAll("x", ""));
    queue.done(item);
  }
  assert.deepEqual(got.slice(-2), ["u", "w"]);
  await queue.close();
});

test("items as large as the queue go through one after the other: a file that is done makes room even if it is the newest", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, SETTINGS, fakeContext());
  for (let k = 0; k < 3; k++) {
    const payload = Buffer.alloc(SETTINGS.max_bytes - 200, k);
    const appended = queue.append({ payload, records: 1, priority: k }, never);
    if (k > 0) await assert.doesNotReject(appended);
    else await appended;
    queue.done(await queue.take(never));
  }
  await queue.close();
});

test("appends wait while the file system has less free space than the floor", async () => {
  await using folder = await tempDir();
  const clock = manualClock();
  const files = new FaultyFiles(folder.path);
  const context = fakeContext({ clock });
  files.freeSpace = 1000;
  const queue = await openQueue(folder.path, { min_free_bytes: 900 }, { ...context, files });
  const appended = append(queue, "a");
  assert.equal((await context.untilWarned()).sentence, "queue is full, appends wait");
  await clock.untilSleeping();
  files.freeSpace = 2000;
  await clock.advance(1000);
  await appended;
  await queue.close();
  await files.kill();
});

test("drop_oldest drops the oldest file of the lowest class, counts it and tells; higher classes stay", async () => {
  await using folder = await tempDir();
  const told: Dropped[] = [];
  const queue = await openFull(
    folder.path,
    { on_full: "drop_oldest" },
    { onDropped: (dropped: Dropped) => told.push(dropped) },
  );
  for (let k = 0; k < 9; k++) await append(queue, `alert${k}`, 2);
  for (let k = 0; k < 60; k++) await append(queue, `bulk${k}`, 0);
  const { dropped, items, records, diskBytes } = queue.stats();
  assert.ok(diskBytes <= SETTINGS.max_bytes);
  const lost = dropped[0]?.items ?? 0;
  assert.ok(lost >= 30, `${lost} dropped`);
  assert.deepEqual(
    dropped.slice(1).map((amount) => amount.items),
    [0, 0, 0],
  );
  assert.equal(items, 69 - lost);
  assert.equal(records, 3 * items);
  assert.equal(
    told.reduce((sum, each) => sum + each.items, 0),
    lost,
  );
  assert.equal(
    told.reduce((sum, each) => sum + each.records, 0),
    3 * lost,
  );
  const got: string[] = [];
  while (queue.stats().items > queue.stats().inFlight) got.push((await queue.take(never)).payload.toString());
  const names = got.map((payload) => payload.replaceAll("x", ""));
  assert.deepEqual(
    names.slice(0, 9),
    Array.from({ length: 9 }, (_, k) => `alert${k}`),
  );
  assert.deepEqual(
    names.slice(9),
    Array.from({ length: 60 - lost }, (_, k) => `bulk${k + lost}`),
  );
  await queue.close();
});

test("drop_oldest never drops a class above the one that comes in: that append waits, and lets higher ones pass", async () => {
  await using folder = await tempDir();
  const queue = await openFull(folder.path, { on_full: "drop_oldest" });
  for (let k = 0; k < 30; k++) await append(queue, `alert${k}`, 3);
  let passed = false;
  const waiting = append(queue, "bulk".padEnd(700, "x"), 0).then(() => (passed = true));
  await fakeContextWarned(queue);
  await append(queue, "another", 3);
  assert.equal(passed, false);
  for (let k = 0; k < 6; k++) queue.done(await queue.take(never));
  await waiting;
  assert.deepEqual(
    queue.stats().dropped.map(({ items }) => items),
    [0, 0, 0, 0],
  );
  await queue.close();
});

test("drop_oldest spares alerts while bulk that could go in their place is still being written", async () => {
  await using folder = await tempDir();
  const queue = await openFull(folder.path, { on_full: "drop_oldest" });
  for (let k = 0; k < 24; k++) await append(queue, `alert${k}`, 3);
  const bulk = Array.from({ length: 20 }, (_, k) => append(queue, `bulk${k}`, 0));
  for (let k = 0; k < 5; k++) await append(queue, `next${k}`, 3);
  await Promise.all(bulk);
  const dropped = queue.stats().dropped.map(({ items }) => items);
  assert.equal(dropped[3], 0);
  assert.ok((dropped[0] as number) >= 14, `${dropped[0]} dropped`);
  await queue.close();
});

test("what somebody has in hand is not dropped, nor is the file that it stands in; it can come back", async () => {
  await using folder = await tempDir();
  const queue = await openFull(folder.path, { on_full: "drop_oldest" });
  for (let k = 0; k < 6; k++) await append(queue, `${k}`);
  const held = await queue.take(never);
  for (let k = 6; k < 60; k++) await append(queue, `${k}`);
  queue.giveBack(held);
  const next = await queue.take(never);
  assert.equal(next.payload.toString().replaceAll("x", ""), "0");
  const second = await queue.take(never);
  assert.equal(second.payload.toString().replaceAll("x", ""), "1");
  await queue.close();
  const again = await openQueue(folder.path, SETTINGS, fakeContext());
  const got: number[] = [];
  while (again.stats().items > again.stats().inFlight)
    got.push(Number((await again.take(never)).payload.toString().replaceAll("x", "")));
  assert.deepEqual(got.slice(0, 3), [0, 1, 2]);
  assert.ok((got[3] as number) > 3 || got.length === 60);
  assert.deepEqual(
    got,
    [...got].sort((a, b) => a - b),
  );
  assert.equal(got.at(-1), 59);
  assert.equal(again.stats().damagedItems, 0);
  await again.close();
});

test("a process killed at any step of dropping loses no more than it told, and no alert", async () => {
  for (let index = 0, whole = false; !whole; index += 5) {
    await using folder = await tempDir();
    let told = 0;
    const acknowledged: string[] = [];
    const died = new AbortController();
    const files = new FaultyFiles(folder.path, (step) => {
      if (step.index !== index) return undefined;
      died.abort(new Error("died"));
      return "kill";
    });
    try {
      const world = { files, onDropped: ({ items }: Dropped) => void (told += items) };
      const queue = await openFull(folder.path, { on_full: "drop_oldest", max_bytes: 3000, segment_bytes: 375 }, world);
      for (let k = 0; k < 30; k++) {
        const priority = k % 5 === 0 ? 2 : 0;
        await append(queue, `${priority}:${k}:`, priority, died.signal);
        acknowledged.push(`${priority}:${k}:`);
      }
      whole = true;
    } catch (error) {
      if (!files.dead) throw error;
    }
    await files.kill();
    const again = await openQueue(folder.path, SETTINGS, fakeContext());
    const got = new Set<string>();
    while (again.stats().items > again.stats().inFlight) {
      got.add((await again.take(never)).payload.toString().replaceAll("x", ""));
    }
    const missing = acknowledged.filter((name) => !got.has(name));
    assert.ok(missing.length <= told, `step ${index}: ${missing.length} missing, ${told} told`);
    assert.ok(missing.every((name) => name.startsWith("0")));
    assert.equal(again.stats().damagedItems, 0);
    await again.close();
  }
});
