import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fakeContext } from "#test/support/fake-context.ts";
import { type Fault, FaultyFiles, type Step } from "#test/support/faulty-files.ts";
import { seededRandom } from "#test/support/seeded-random.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import type { DurableQueue, QueueItem } from "./durable-queue.ts";
import { KILL_POINTS } from "./file-layer.ts";
import { openQueue } from "./open-queue.ts";
import type { QueueSettings } from "./settings.ts";

const never = new AbortController().signal;
const SETTINGS = { segment_bytes: 400, max_bytes: 1e6, min_free_bytes: 0 };

/** What a consumer and a producer know, kept outside of the queue. */
interface Model {
  /** Payloads in the order of their appends. */
  readonly attempted: string[];
  readonly acknowledged: Set<string>;
  readonly done: Set<string>;
  /** Done in a life before, without a checkpoint that succeeded: such a one comes again, or does not. */
  readonly unsure: Set<string>;
  /** Done before the last checkpoint that succeeded. */
  saved: Set<string>;
}

const newModel = (): Model => ({
  attempted: [],
  acknowledged: new Set(),
  done: new Set(),
  unsure: new Set(),
  saved: new Set(),
});

/** The class of a payload is its first character; the rest numbers it, and its length varies. */
const classOf = (payload: string): number => Number(payload[0]);

async function append(queue: DurableQueue, model: Model, priority: number, bytes: number): Promise<void> {
  const payload = `${priority}:${model.attempted.length}:`.padEnd(bytes, "x");
  model.attempted.push(payload);
  await queue.append({ payload: Buffer.from(payload), records: bytes, priority }, never);
  model.acknowledged.add(payload);
}

async function finish(queue: DurableQueue, model: Model): Promise<void> {
  const item = await queue.take(never);
  // Written down first: a crash inside may or may not have seen it.
  model.done.add(item.payload.toString());
  queue.done(item);
}

async function checkpoint(queue: DurableQueue, model: Model): Promise<void> {
  const done = new Set(model.done);
  await queue.checkpoint();
  model.saved = done;
}

/** Some of everything; ends early when the process dies. Returns whether it came to its end. */
async function live(
  files: FaultyFiles,
  path: string,
  model: Model,
  settings: Partial<QueueSettings>,
): Promise<boolean> {
  try {
    const queue = await openQueue(path, { ...SETTINGS, ...settings }, { ...fakeContext(), files });
    await Promise.all([40, 90, 10].map((bytes) => append(queue, model, 0, bytes)));
    await Promise.all([append(queue, model, 2, 120), append(queue, model, 0, 200)]);
    await finish(queue, model);
    const kept = await queue.take(never);
    await finish(queue, model);
    await checkpoint(queue, model);
    await append(queue, model, 0, 300);
    queue.giveBack(kept);
    for (let k = 0; k < 3; k++) await finish(queue, model);
    await checkpoint(queue, model);
    await Promise.all([append(queue, model, 0, 60), append(queue, model, 2, 30)]);
    await finish(queue, model);
    await queue.close();
    return true;
  } catch (error) {
    if (!files.dead) throw error;
    return false;
  }
}

async function drain(path: string, damageAllowed = false): Promise<QueueItem[]> {
  const queue = await openQueue(path, { ...SETTINGS, max_in_flight: 1e6 }, fakeContext());
  const items: QueueItem[] = [];
  while (queue.stats().items > queue.stats().inFlight) items.push(await queue.take(never));
  if (!damageAllowed) assert.equal(queue.stats().damagedItems, 0);
  assert.equal(
    queue.stats().records,
    items.reduce((sum, { records }) => sum + records, 0),
  );
  await queue.close();
  return items;
}

function check(items: readonly QueueItem[], model: Model, lossAllowed = false): void {
  const got = items.map(({ payload }) => payload.toString());
  const known = new Set([...got, ...model.done, ...model.unsure]);
  const lost = [...model.acknowledged].filter((payload) => !known.has(payload));
  if (!lossAllowed) assert.deepEqual(lost, [], "acknowledged and lost");
  assert.deepEqual(
    got.filter((payload) => !model.attempted.includes(payload)),
    [],
    "never appended",
  );
  assert.equal(new Set(got).size, got.length, "twice");
  assert.deepEqual(
    got.filter((payload) => model.saved.has(payload)),
    [],
    "done before the last checkpoint, and again",
  );
  for (const priority of [0, 2]) {
    const order = got.filter((payload) => classOf(payload) === priority);
    const expected = model.attempted.filter((payload) => order.includes(payload));
    assert.deepEqual(order, expected, "out of order");
  }
}

/** Lives until `plan` kills, then checks what is there; with `power`, what a power cut leaves. True: nothing killed. */
async function dieAndCheck(
  plan: (step: Step) => Fault | undefined,
  options: {
    readonly power: boolean;
    readonly holes?: boolean;
    readonly random: () => number;
    readonly settings?: Partial<QueueSettings>;
  },
): Promise<boolean> {
  await using folder = await tempDir();
  await using left = await tempDir();
  const { power, holes = false, random, settings = {} } = options;
  const model = newModel();
  const files = new FaultyFiles(folder.path, plan, random);
  const whole = await live(files, folder.path, model, settings);
  await files.kill();
  if (power) await files.afterPowerCut(left.path, holes);
  const lossAllowed = power && settings.fsync !== undefined;
  // What nobody was told is safe looks like damage when it has holes.
  check(await drain(power ? left.path : folder.path, lossAllowed || holes), model, lossAllowed);
  return whole;
}

for (const point of KILL_POINTS) {
  if (point === "append.rolled_back" || point === "tail.cut") continue;
  test(`a process killed at ${point} loses nothing, and nothing comes twice without reason`, async () => {
    let reached = 0;
    for (let k = 0; ; k++) {
      const plan = (step: Step) => (step.point === point && step.indexOfKind === k ? "kill" : undefined);
      if (await dieAndCheck(plan, { power: false, random: seededRandom(k) })) break;
      await dieAndCheck(plan, { power: true, random: () => 0 });
      reached++;
    }
    assert.ok(reached > 0, "the point was never reached");
  });
}

test("a power cut at any operation loses nothing that was acknowledged, whichever unsynced bytes survive", async (t) => {
  let cuts = 0;
  for (let index = 0; ; index++) {
    const seed = index;
    t.diagnostic(`seed ${seed}`);
    const plan = (step: Step) => (step.index === index ? "kill" : undefined);
    if (await dieAndCheck(plan, { power: true, random: seededRandom(seed) })) break;
    await dieAndCheck(plan, { power: true, random: () => 0 });
    await dieAndCheck(plan, { power: true, holes: true, random: seededRandom(seed) });
    cuts++;
  }
  assert.ok(cuts > 100, `only ${cuts} operations`);
});

test("a process killed at any operation loses nothing under any fsync policy", async () => {
  for (const fsync of ["interval", "none"] as const) {
    for (let index = 0; ; index++) {
      const plan = (step: Step) => (step.index === index ? "kill" : undefined);
      const options = { random: seededRandom(index), settings: { fsync } };
      if (await dieAndCheck(plan, { power: false, ...options })) break;
      if (index % 5 === 0) await dieAndCheck(plan, { power: true, ...options });
    }
  }
});

test("one crash after another, with power cuts among them, loses nothing", async (t) => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed);
    const model = newModel();
    const folders = [await tempDir()];
    try {
      for (let life = 0; life < 4; life++) {
        const path = folders.at(-1)?.path;
        const dieAt = Math.floor(random() * 120);
        const files = new FaultyFiles(path, (step) => (step.index === dieAt ? "kill" : undefined), random);
        for (const payload of model.done) {
          if (model.saved.has(payload)) continue;
          model.done.delete(payload);
          model.unsure.add(payload);
        }
        await live(files, path, model, {});
        await files.kill();
        if (random() < 0.5) continue;
        folders.push(await tempDir());
        await files.afterPowerCut(folders.at(-1)?.path);
      }
      check(await drain(folders.at(-1)?.path), model);
    } catch (error) {
      t.diagnostic(`seed ${seed}`);
      throw error;
    } finally {
      for (const folder of folders) await folder[Symbol.asyncDispose]();
    }
  }
});

test("what is appended after a power cut under `interval` is not taken for what was done before it", async () => {
  await using folder = await tempDir();
  await using left = await tempDir();
  const files = new FaultyFiles(folder.path);
  const settings = { ...SETTINGS, fsync: "interval" } as const;
  const model = newModel();
  const queue = await openQueue(folder.path, settings, { ...fakeContext(), files });
  for (let k = 0; k < 3; k++) await append(queue, model, 0, 50);
  for (let k = 0; k < 3; k++) await finish(queue, model);
  await checkpoint(queue, model);
  await files.kill();
  // The cursor was synced, the items that it speaks of were not.
  await files.afterPowerCut(left.path);
  const again = await openQueue(left.path, settings, fakeContext());
  for (let k = 0; k < 3; k++) await append(again, model, 0, 50);
  await again.close();
  const items = await drain(left.path, true);
  check(items, model);
  assert.equal(items.length, 3);
});

test("kill -9 of a real process that appends loses nothing that it was told is safe", async () => {
  await using folder = await tempDir();
  const script = `
    import { openQueue } from ${JSON.stringify(import.meta.resolve("./open-queue.ts"))};
    import { fakeContext } from ${JSON.stringify(import.meta.resolve("../../test/support/fake-context.ts"))};
    const never = new AbortController().signal;
    const queue = await openQueue(process.argv[1], { segment_bytes: 20_000 }, fakeContext());
    for (let k = queue.stats().items; ; k++) {
      const text = String(k).padEnd(1000, "x");
      queue.append({ payload: Buffer.from(text), records: 1 }, never).then(() => process.stdout.write(k + "\\n"));
      if (k % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }`;
  let expected = 0;
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, folder.path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      expected = Math.max(expected, Number(line) + 1);
      if (++lines === 50 + round * 37) child.kill("SIGKILL");
    }
    await exited;
    assert.ok(lines >= 50);
    const items = await drain(folder.path);
    assert.ok(items.length >= expected, `${items.length} of ${expected}`);
    assert.deepEqual(
      items.map(({ payload }) => Number.parseInt(payload.toString(), 10)),
      items.map((_, k) => k),
    );
  }
});
