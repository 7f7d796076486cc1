import assert from "node:assert/strict";
import { cp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { fakeContext } from "#test/support/fake-context.ts";
import { type Fault, FaultyFiles, type Step } from "#test/support/faulty-files.ts";
import { seededRandom } from "#test/support/seeded-random.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { encodeCursor, parseCursor } from "./cursor.ts";
import type { DurableQueue } from "./durable-queue.ts";
import { SEGMENT_HEADER_BYTES } from "./format.ts";
import { openQueue } from "./open-queue.ts";

const never = new AbortController().signal;
/** Three items of 46 bytes fill a segment. */
const SETTINGS = { segment_bytes: 400 };
const PAYLOADS = Array.from({ length: 10 }, (_, k) => `${k}`.padEnd(46, "x"));

async function fill(path: string, payloads: readonly string[] = PAYLOADS): Promise<void> {
  const queue = await openQueue(path, SETTINGS, fakeContext());
  for (const payload of payloads) await queue.append({ payload: Buffer.from(payload), records: 2 }, never);
  await queue.close();
}

async function takeAll(queue: DurableQueue): Promise<string[]> {
  const got: string[] = [];
  while (queue.stats().items > queue.stats().inFlight) got.push((await queue.take(never)).payload.toString());
  return got;
}

/** Takes what can be had while damage may make less of it than the counters hoped for. */
async function takeAndFinish(queue: DurableQueue): Promise<string[]> {
  const got: string[] = [];
  while (queue.stats().items > 0) {
    const enough = new AbortController();
    const item = await Promise.race([queue.take(enough.signal), settled(queue)]);
    enough.abort();
    if (item === undefined) break;
    got.push(item.payload.toString());
    queue.done(item);
  }
  return got;
}

/** Resolves when nothing is left to find: a checkpoint waits for nothing that `take` waits for. */
async function settled(queue: DurableQueue): Promise<undefined> {
  while (queue.stats().items > 0) await queue.checkpoint();
}

const segmentsIn = async (path: string): Promise<string[]> =>
  (await readdir(path)).filter((name) => name.endsWith(".segment")).sort();

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] as number) ^ 0x10;
  await writeFile(path, bytes);
}

test("a flip anywhere in a file costs at most the item that it hits, is counted, and keeps the file for the operator", async () => {
  await using master = await tempDir();
  await fill(master.path);
  const names = await segmentsIn(master.path);
  assert.equal(names.length, 4);
  for (const [k, name] of names.entries()) {
    const size = (await readFile(join(master.path, name))).length;
    for (let at = 0; at < size; at += 7) {
      await using folder = await tempDir();
      await cp(master.path, folder.path, { recursive: true });
      await flip(join(folder.path, name), at);
      const hit = at < SEGMENT_HEADER_BYTES ? undefined : k * 3 + Math.floor((at - SEGMENT_HEADER_BYTES) / 102);
      const context = fakeContext();
      const queue = await openQueue(folder.path, SETTINGS, context);
      const got = await takeAndFinish(queue);
      assert.deepEqual(got, hit === undefined ? PAYLOADS : PAYLOADS.toSpliced(hit, 1), `${name} at ${at}`);
      const { damagedRanges, damagedItems, items, records, bytes } = queue.stats();
      // Where a header is the only damage and its segment was never scanned, nobody needed it.
      assert.ok(damagedRanges >= (hit === undefined ? 0 : 1), `${name} at ${at}`);
      if (hit !== undefined && hit < 9) assert.equal(damagedItems, 1, `${name} at ${at}`);
      assert.deepEqual([items, records, bytes], [0, 0, 0]);
      await queue.close();
      if (hit !== undefined) assert.deepEqual(await readdir(join(folder.path, "damaged")), [name]);
    }
  }
});

test("a torn tail of any length is cut off, and appending goes on behind it", async () => {
  await using master = await tempDir();
  await fill(master.path, PAYLOADS.slice(0, 2));
  const [name] = await segmentsIn(master.path);
  const start = SEGMENT_HEADER_BYTES + 102;
  for (let size = start; size < start + 102; size++) {
    await using folder = await tempDir();
    await cp(master.path, folder.path, { recursive: true });
    await rm(join(folder.path, "cursor"));
    await writeFile(join(folder.path, "cursor"), encodeCursor({ sequence: 1, lanes: [] }));
    await truncate(join(folder.path, name as string), size);
    const queue = await openQueue(folder.path, SETTINGS, fakeContext());
    assert.equal(queue.stats().tornBytes, size - start);
    assert.equal((await readFile(join(folder.path, name as string))).length, start);
    await queue.append({ payload: Buffer.from("next"), records: 1 }, never);
    assert.deepEqual(await takeAll(queue), [PAYLOADS[0], "next"]);
    assert.equal(queue.stats().damagedItems, 0);
    await queue.close();
  }
});

test("without a cursor everything that is there comes again, and that is said loudly", async () => {
  for (const how of ["missing", "damaged", "cut", "empty"] as const) {
    await using folder = await tempDir();
    await fill(folder.path);
    const first = await openQueue(folder.path, SETTINGS, fakeContext());
    for (let k = 0; k < 5; k++) first.done(await first.take(never));
    await first.close();
    const cursor = join(folder.path, "cursor");
    if (how === "missing") await rm(cursor);
    else if (how === "damaged") await flip(cursor, 20);
    else await truncate(cursor, how === "cut" ? 30 : 0);
    const context = fakeContext();
    const queue = await openQueue(folder.path, SETTINGS, context);
    assert.ok(
      context.lines.some(({ level, sentence }) => level === "error" && sentence.includes("replaying everything")),
    );
    assert.deepEqual(await takeAll(queue), PAYLOADS.slice(3), how);
    assert.equal(queue.stats().damagedItems, 0);
    await queue.close();
    if (how !== "missing") assert.equal((await readdir(join(folder.path, "damaged"))).length, 1);
  }
});

test("a file or a cursor of a newer version is an error that names it, and nothing is touched", async () => {
  await using folder = await tempDir();
  await fill(folder.path);
  const before = await segmentsIn(folder.path);
  const name = before[1] as string;
  const segment = await readFile(join(folder.path, name));
  const newer = Buffer.from(segment);
  newer.writeUInt32LE(2, 8);
  newer.writeUInt32LE(crc32(newer.subarray(0, 12)), 12);
  await writeFile(join(folder.path, name), newer);
  const isNewer = (file: string) => (error: Error) => {
    assert.ok(error.message.includes(file) && error.message.includes("version 2"), error.message);
    return "code" in error && error.code === "queue_version";
  };
  await assert.rejects(openQueue(folder.path, SETTINGS, fakeContext()), isNewer(name));
  assert.deepEqual(await segmentsIn(folder.path), before);
  await writeFile(join(folder.path, name), segment);
  const text = JSON.stringify({ version: 2, anything: true });
  await writeFile(join(folder.path, "cursor"), `${text}\n${crc32(text).toString(16).padStart(8, "0")}\n`);
  await assert.rejects(openQueue(folder.path, SETTINGS, fakeContext()), isNewer("cursor"));
  assert.deepEqual(await segmentsIn(folder.path), before);
});

test("a segment that is gone is counted as lost, not passed over in silence", async () => {
  await using folder = await tempDir();
  await fill(folder.path);
  const names = await segmentsIn(folder.path);
  await rename(join(folder.path, names[1] as string), join(folder.path, "elsewhere"));
  const queue = await openQueue(folder.path, SETTINGS, fakeContext());
  assert.deepEqual(await takeAndFinish(queue), PAYLOADS.toSpliced(3, 3));
  assert.equal(queue.stats().damagedItems, 3);
  await queue.close();
});

test("records of lost items are counted when the rest of their file is done", async () => {
  await using folder = await tempDir();
  await fill(folder.path);
  const names = await segmentsIn(folder.path);
  await flip(join(folder.path, names[0] as string), SEGMENT_HEADER_BYTES + 102 + 60);
  const queue = await openQueue(folder.path, SETTINGS, fakeContext());
  await takeAndFinish(queue);
  assert.equal(queue.stats().damagedItems, 1);
  assert.equal(queue.stats().damagedRecords, 2);
  await queue.close();
});

test("any bytes in place of the cursor are damage, never an exception or a cursor", (t) => {
  const good = encodeCursor({
    sequence: 7,
    lanes: [
      {
        priority: 0,
        next: 20,
        low: 3,
        done: [
          { from: 5, to: 9 },
          { from: 12, to: 20 },
        ],
      },
    ],
  });
  assert.notEqual(parseCursor(good), undefined);
  for (let bit = 0; bit < good.length * 8; bit++) {
    const damaged = Buffer.from(good);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.equal(parseCursor(damaged), undefined, `bit ${bit}`);
  }
  for (const text of ["null", "{}", '{"version":1}', '{"version":1,"sequence":1,"lanes":[{"priority":9}]}', "[", "1"]) {
    const bytes = Buffer.from(`${text}\n${crc32(text).toString(16).padStart(8, "0")}\n`);
    assert.equal(parseCursor(bytes), undefined, text);
  }
  for (const done of [
    [[4, 3]],
    [[3, 5]],
    [
      [9, 12],
      [10, 13],
    ],
    [[5, 99]],
    [["5", 6]],
    [[5]],
  ]) {
    const lanes = [{ priority: 0, next: 20, low: 3, done }];
    const text = JSON.stringify({ version: 1, sequence: 1, lanes });
    assert.equal(parseCursor(Buffer.from(`${text}\n${crc32(text).toString(16).padStart(8, "0")}\n`)), undefined, text);
  }
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const bytes = Buffer.from(Array.from({ length: seed }, () => Math.floor(random() * 256)));
    t.diagnostic(`seed ${seed}`);
    assert.equal(parseCursor(bytes), undefined);
  }
});

test("a process killed while it cuts a torn tail or rolls back a write starts again as if nothing had been", async () => {
  for (const point of ["tail.cut", "append.rolled_back"] as const) {
    await using folder = await tempDir();
    let plan: (step: Step) => Fault | undefined = () => undefined;
    const files = new FaultyFiles(folder.path, (step) => plan(step), seededRandom(5));
    const queue = await openQueue(folder.path, SETTINGS, { ...fakeContext(), files });
    await queue.append({ payload: Buffer.from("a"), records: 1 }, never);
    const failing = point === "tail.cut" ? ("kill" as const) : { code: "ENOSPC" };
    plan = ({ kind, point: reached }) => (reached === point ? "kill" : kind === "write" ? failing : undefined);
    await assert.rejects(queue.append({ payload: Buffer.from("b"), records: 1 }, never));
    assert.ok(files.dead);
    await files.kill();
    if (point === "tail.cut") {
      const second = new FaultyFiles(folder.path, (step) => (step.point === point ? "kill" : undefined));
      await assert.rejects(openQueue(folder.path, SETTINGS, { ...fakeContext(), files: second }));
      await second.kill();
    }
    const again = await openQueue(folder.path, SETTINGS, fakeContext());
    assert.deepEqual(await takeAll(again), ["a"]);
    await again.close();
  }
});
