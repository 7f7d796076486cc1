import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, type Random } from "#test/oracle/random.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { FaultyFiles } from "#test/support/faulty-files.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import type { DurableQueue, QueueItem } from "./durable-queue.ts";
import { openQueue } from "./open-queue.ts";

const never = new AbortController().signal;
const MIB = 1024 * 1024;
const SETTINGS = { min_free_bytes: 0 };

/** An item that is told apart by its first bytes. */
function append(queue: DurableQueue, n: number, bytes = 4): Promise<void> {
  const payload = Buffer.alloc(bytes);
  payload.writeUInt32LE(n);
  return queue.append({ payload, records: 1, memo: n }, never);
}

const numberOf = ({ payload }: QueueItem): number => Buffer.from(payload).readUInt32LE();

test("what nobody has read yet is handed out from memory, with what came with it, and not read back", async () => {
  await using folder = await tempDir();
  const files = new FaultyFiles(folder.path, ({ kind }) => (kind === "read" ? { code: "EIO" } : undefined));
  const queue = await openQueue(folder.path, SETTINGS, { ...fakeContext(), files });
  for (let n = 0; n < 20; n++) await append(queue, n);
  for (let n = 0; n < 20; n++) {
    const item = await queue.take(never);
    assert.deepEqual([numberOf(item), item.memo], [n, n]);
    queue.done(item);
  }
  await queue.close();
  await files.kill();
});

test("what does not fit into memory, was given back or is from before the start is read from the disk", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, SETTINGS, fakeContext());
  for (let n = 0; n < 12; n++) await append(queue, n, MIB);
  const items = [];
  for (let n = 0; n < 12; n++) items.push(await queue.take(never));
  assert.deepEqual(items.map(numberOf), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.deepEqual(items[0]?.memo, 0);
  assert.deepEqual(items[11]?.memo, undefined);
  queue.giveBack(items[0] ?? assert.fail());
  assert.equal((await queue.take(never)).memo, undefined);
  await queue.close();
  const again = await openQueue(folder.path, SETTINGS, fakeContext());
  await append(again, 12);
  for (let n = 0; n <= 12; n++) {
    const item = await again.take(never);
    assert.deepEqual([numberOf(item), item.memo], [n, n === 12 ? 12 : undefined]);
  }
  await again.close();
});

/** Appends, takes, gives back, settles and starts again at random; every item is settled once, each taken in order. */
async function mix(random: Random): Promise<void> {
  await using folder = await tempDir();
  const settings = { ...SETTINGS, segment_bytes: 5 * MIB, checkpoint_interval: 3_600_000, fsync: "none" as const };
  let queue = await openQueue(folder.path, settings, fakeContext());
  let appended = 0;
  let open: QueueItem[] = [];
  let waiting: number[] = [];
  const settled = new Set<number>();
  for (let step = 0; step < 120; step++) {
    const dice = random();
    if (dice < 0.45) {
      await append(queue, appended, random() < 0.3 ? 1 + Math.floor(random() * 3 * MIB) + 4 : 4);
      waiting.push(appended++);
    } else if (dice < 0.75 && waiting.length > 0) {
      const item = await queue.take(never);
      assert.equal(numberOf(item), waiting.shift());
      open.push(item);
    } else if (dice < 0.97 && open.length > 0) {
      const [item] = open.splice(Math.floor(random() * open.length), 1) as [QueueItem];
      if (random() < 0.3) {
        queue.giveBack(item);
        waiting = [...waiting, numberOf(item)].sort((a, b) => a - b);
      } else {
        queue.done(item);
        assert.ok(!settled.has(numberOf(item)));
        settled.add(numberOf(item));
      }
    } else if (dice >= 0.97) {
      waiting = [...waiting, ...open.map(numberOf)].sort((a, b) => a - b);
      open = [];
      await queue.close();
      queue = await openQueue(folder.path, settings, fakeContext());
    }
  }
  for (const n of waiting) assert.equal(numberOf(await queue.take(never)), n);
  assert.equal(queue.stats().damagedItems, 0);
  await queue.close();
}

test("order holds however appends, takes, returns and restarts mix, in memory and on the disk", async (t) => {
  for (let seed = 1; seed <= 25; seed++) {
    await t.test(`seed ${seed}`, () => mix(createRandom(seed)));
  }
});
