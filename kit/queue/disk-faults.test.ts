import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { RetryableError } from "#core/errors.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { type Fault, FaultyFiles, type Step } from "#test/support/faulty-files.ts";
import { seededRandom } from "#test/support/seeded-random.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import type { DurableQueue } from "./durable-queue.ts";
import { openQueue } from "./open-queue.ts";

const never = new AbortController().signal;
const SETTINGS = { segment_bytes: 400, min_free_bytes: 0 };
const ENOSPC = { code: "ENOSPC" };
const EIO = { code: "EIO" };

/** Appends by ones and in groups; returns what was acknowledged, in order. Whatever is refused must be retryable. */
async function appendMany(queue: DurableQueue, name: string): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let round = 0; round < 6; round++) {
    const group = Array.from({ length: 1 + (round % 3) }, (_, k) => `${name}${round}.${k}`.padEnd(90, "x"));
    const appended = group.map((payload) => queue.append({ payload: Buffer.from(payload), records: 1 }, never));
    for (const [k, outcome] of (await Promise.allSettled(appended)).entries()) {
      if (outcome.status === "fulfilled") acknowledged.push(group[k] as string);
      else assert.ok(outcome.reason instanceof RetryableError && outcome.reason.code === "queue_write");
    }
  }
  return acknowledged;
}

async function takeAll(queue: DurableQueue): Promise<string[]> {
  const got: string[] = [];
  while (queue.stats().items > queue.stats().inFlight) got.push((await queue.take(never)).payload.toString());
  return got;
}

/** Many items to a file: what a failed group leaves stands behind items that count. */
const LARGE = { segment_bytes: 4000 };

/** Appends under faults, then (`goOn`) without, and starts again: exactly what was acknowledged is there, each time. */
async function survive(
  plan: (step: Step) => Fault | undefined,
  seed: number,
  { power = false, goOn = true, segment_bytes = SETTINGS.segment_bytes } = {},
): Promise<number> {
  await using folder = await tempDir();
  await using left = await tempDir();
  let armed = false;
  let hits = 0;
  const counted = (step: Step): Fault | undefined => {
    const fault = armed ? plan(step) : undefined;
    if (fault !== undefined) hits++;
    return fault;
  };
  const files = new FaultyFiles(folder.path, counted, seededRandom(seed));
  const queue = await openQueue(folder.path, { ...SETTINGS, segment_bytes }, { ...fakeContext(), files });
  armed = true;
  const acknowledged = await appendMany(queue, "a");
  armed = false;
  if (goOn) acknowledged.push(...(await appendMany(queue, "b")));
  assert.deepEqual(await takeAll(queue), acknowledged);
  assert.equal(queue.stats().damagedItems, 0);
  if (!power) await queue.close();
  await files.kill();
  if (power) await files.afterPowerCut(left.path);
  const again = await openQueue(power ? left.path : folder.path, SETTINGS, fakeContext());
  assert.equal(again.stats().items, acknowledged.length);
  assert.deepEqual(await takeAll(again), acknowledged);
  assert.equal(again.stats().damagedItems, 0);
  await again.close();
  return hits;
}

test("a disk that is full at one write refuses that group and leaves no half of it", async () => {
  for (const options of [{}, LARGE, { ...LARGE, goOn: false }]) {
    for (let index = 0; ; index++) {
      const isNow = ({ kind, indexOfKind }: Step): boolean => kind === "write" && indexOfKind === index + 2;
      if ((await survive((step) => (isNow(step) ? ENOSPC : undefined), index, options)) === 0) break;
      assert.ok(index < 100);
    }
  }
});

test("a disk that stays full refuses everything, and takes appends again when there is room", async () => {
  for (const options of [{}, LARGE, { ...LARGE, goOn: false }]) {
    for (let from = 2; from < 9; from++) {
      const isFull = ({ kind, indexOfKind }: Step): boolean => kind === "write" && indexOfKind >= from;
      assert.ok((await survive((step) => (isFull(step) ? ENOSPC : undefined), from, options)) > 0);
    }
  }
});

test("a failed sync refuses its group, and what is acknowledged later survives a power cut", async () => {
  for (const options of [{}, LARGE]) {
    for (let index = 0; ; index++) {
      const isNow = ({ kind, indexOfKind }: Step): boolean => kind === "sync" && indexOfKind === index + 1;
      if ((await survive((step) => (isNow(step) ? EIO : undefined), index, { ...options, power: true })) === 0) break;
      assert.ok(index < 100);
    }
  }
});

test("after a failed sync nothing more goes into that file", async () => {
  await using folder = await tempDir();
  let broken = false;
  const files = new FaultyFiles(folder.path, ({ kind }) => (broken && kind === "sync" ? EIO : undefined));
  const queue = await openQueue(folder.path, { min_free_bytes: 0 }, { ...fakeContext(), files });
  const append = (): Promise<void> => queue.append({ payload: Buffer.from("x"), records: 1 }, never);
  const segments = async () => (await readdir(folder.path)).filter((name) => name.endsWith(".segment"));
  await append();
  broken = true;
  await assert.rejects(append(), { code: "queue_write", name: "RetryableError" });
  broken = false;
  const before = await segments();
  await append();
  assert.equal((await segments()).length, before.length + 1);
  await queue.close();
  await files.kill();
});

test("when not even cutting off works, what a failed write or sync left never becomes items", async () => {
  for (const [failing, fault] of [
    ["write", ENOSPC],
    ["sync", EIO],
  ] as const) {
    for (let index = 3; index < 8; index++) {
      const plan = ({ kind, indexOfKind }: Step): Fault | undefined => {
        if (kind === "truncate") return EIO;
        return kind === failing && indexOfKind === index ? fault : undefined;
      };
      assert.ok((await survive(plan, index * 7, LARGE)) >= 1);
      await survive(plan, index, { ...LARGE, power: true });
    }
  }
});

test("a checkpoint that fails at any step keeps the old one, and the next one succeeds", async () => {
  for (const kind of ["open", "write", "sync", "rename", "syncDirectory", "remove", "makeDirectory"] as const) {
    await using folder = await tempDir();
    let broken = false;
    const files = new FaultyFiles(folder.path, (step) => (broken && step.kind === kind ? EIO : undefined));
    const context = fakeContext();
    const queue = await openQueue(folder.path, SETTINGS, { ...context, files });
    await appendMany(queue, "a");
    for (let k = 0; k < 6; k++) queue.done(await queue.take(never));
    broken = true;
    if (kind === "makeDirectory") await queue.checkpoint();
    else await assert.rejects(queue.checkpoint());
    broken = false;
    await queue.checkpoint();
    await files.kill();
    const again = await openQueue(folder.path, SETTINGS, fakeContext());
    assert.equal(again.stats().items, 6);
    await again.close();
  }
});

test("on a disk without a free byte the queue still frees what is done", async () => {
  await using folder = await tempDir();
  let used = 0;
  const files = new FaultyFiles(folder.path, ({ kind, path }) => {
    // Only removing a segment makes room for a cursor.
    if (kind === "remove" && path.endsWith(".segment")) used++;
    return kind === "write" && path.includes("cursor") && full && used === 0 ? ENOSPC : undefined;
  });
  let full = false;
  const queue = await openQueue(folder.path, SETTINGS, { ...fakeContext(), files });
  const acknowledged = await appendMany(queue, "a");
  for (let k = 0; k < 6; k++) queue.done(await queue.take(never));
  full = true;
  await queue.checkpoint();
  await files.kill();
  const again = await openQueue(folder.path, SETTINGS, fakeContext());
  assert.deepEqual(await takeAll(again), acknowledged.slice(6));
  assert.equal(again.stats().damagedItems, 0);
  await again.close();
});

test("a read that fails is a retryable error, and the item stays first", async () => {
  await using folder = await tempDir();
  let broken = false;
  const files = new FaultyFiles(folder.path, ({ kind }) => (broken && kind === "read" ? EIO : undefined));
  const queue = await openQueue(folder.path, SETTINGS, { ...fakeContext(), files });
  const acknowledged = await appendMany(queue, "a");
  // What was never taken may still be in memory.
  queue.giveBack(await queue.take(never));
  broken = true;
  await assert.rejects(queue.take(never), { code: "queue_read", name: "RetryableError" });
  broken = false;
  assert.deepEqual(await takeAll(queue), acknowledged);
  await queue.close();
  await files.kill();
});

test("under `interval` a sync that fails is said loudly, and what comes next goes into a new file", async () => {
  await using folder = await tempDir();
  let broken = false;
  const files = new FaultyFiles(folder.path, ({ kind }) => (broken && kind === "sync" ? EIO : undefined));
  const clock = manualClock();
  const context = fakeContext({ clock });
  const settings = { min_free_bytes: 0, fsync: "interval", fsync_interval: 500 } as const;
  const queue = await openQueue(folder.path, settings, { ...context, files });
  await queue.append({ payload: Buffer.from("a"), records: 1 }, never);
  broken = true;
  await clock.advance(500);
  // Stands behind the sync in the writer's line.
  const second = queue.append({ payload: Buffer.from("b"), records: 1 }, never);
  await assert.rejects(second, { code: "queue_write" });
  broken = false;
  assert.ok(context.lines.some(({ level, sentence }) => level === "error" && sentence.includes("could not sync")));
  await queue.append({ payload: Buffer.from("c"), records: 1 }, never);
  assert.deepEqual(await takeAll(queue), ["a", "c"]);
  assert.equal((await readdir(folder.path)).filter((name) => name.endsWith(".segment")).length, 2);
  await queue.close();
  await files.kill();
});
