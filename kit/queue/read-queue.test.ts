import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fakeContext } from "#test/support/fake-context.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { SEGMENT_HEADER_BYTES } from "./format.ts";
import { openQueue } from "./open-queue.ts";
import { readQueue, verifyQueue } from "./read-queue.ts";

const never = new AbortController().signal;

test("a queue is read beside its owner, in order over all classes, and says what is done", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, { segment_bytes: 200 }, fakeContext());
  for (const [k, priority] of [0, 2, 0, 1, 2].entries()) {
    await queue.append({ payload: Buffer.from(`${k}`.padEnd(90, "x")), records: k, priority }, never);
  }
  queue.done(await queue.take(never));
  queue.done(await queue.take(never));
  const kept = await queue.take(never);
  await queue.checkpoint();
  queue.giveBack(kept);
  const items = [];
  for await (const item of readQueue(folder.path)) items.push([item.payload.toString()[0], item.priority, item.done]);
  assert.deepEqual(items.slice(-3), [
    ["2", 0, false],
    ["3", 1, false],
    ["4", 2, false],
  ]);
  assert.ok(items.slice(0, -3).every(([, , done]) => done));
  const report = await verifyQueue(folder.path);
  assert.equal(report.cursor, "whole");
  assert.ok(
    report.segments.every(({ damage, missing, headerDamaged }) => damage.length + missing === 0 && !headerDamaged),
  );
  await queue.close();
});

test("verify names file and offset of damage, changes nothing, and reads what `damaged` keeps", async () => {
  await using folder = await tempDir();
  const queue = await openQueue(folder.path, {}, fakeContext());
  for (let k = 0; k < 4; k++) await queue.append({ payload: Buffer.alloc(44, k), records: 1 }, never);
  await queue.close();
  const name = (await readdir(folder.path)).find((file) => file.endsWith(".segment")) as string;
  const bytes = await readFile(join(folder.path, name));
  bytes[SEGMENT_HEADER_BYTES + 100 + 60] = 0xff;
  await writeFile(join(folder.path, name), bytes);
  const expected = { file: name, items: 3, missing: 1, headerDamaged: false };
  const pick = ({
    file,
    items,
    missing,
    headerDamaged,
  }: Awaited<ReturnType<typeof verifyQueue>>["segments"][number]) => ({
    file,
    items,
    missing,
    headerDamaged,
  });
  const report = await verifyQueue(folder.path);
  assert.deepEqual(report.segments.map(pick), [expected]);
  assert.deepEqual(report.segments[0]?.damage, [{ offset: SEGMENT_HEADER_BYTES + 100, bytes: 100, cutShort: false }]);
  assert.deepEqual(await readFile(join(folder.path, name)), bytes);
  const again = await openQueue(folder.path, {}, fakeContext());
  for (let k = 0; k < 3; k++) again.done(await again.take(never));
  await again.close();
  const kept = await verifyQueue(join(folder.path, "damaged"));
  assert.equal(kept.cursor, "missing");
  assert.deepEqual(kept.segments.map(pick), [expected]);
  let count = 0;
  for await (const item of readQueue(join(folder.path, "damaged"))) count += item.records;
  assert.equal(count, 3);
});
