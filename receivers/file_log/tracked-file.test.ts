import assert from "node:assert/strict";
import { open, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "#test/support/temp-dir.ts";
import { extendFingerprint, readFingerprint } from "./identity.ts";
import { TrackedFile } from "./tracked-file.ts";

const FINGERPRINT_BYTES = 1000;
const lines = (name: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `[2026/11/23 09:00:00.000 +01:00] [INFO] [a.go:1] [${name}] [n=${i}]\n`).join(
    "",
  );

test("a file that was emptied and written anew beyond the offset is not taken for the one that was looked at", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, lines("old", 3));
  await utimes(path, 1, 1);
  const file = await TrackedFile.open(path, FINGERPRINT_BYTES, 0, () => Promise.resolve(0));
  file.advance(Buffer.from(lines("old", 3)));
  assert.equal((await file.look()).truncated, false);
  assert.equal(await file.isStill(), true);
  await truncate(path, 0);
  await writeFile(path, lines("new", 30));
  // As when all of it happens within one tick of the file system's clock.
  await utimes(path, 1, 1);
  assert.equal(await file.isStill(), false);
  assert.equal((await file.look()).truncated, true);
  await file.restart();
  assert.equal((await file.look()).truncated, false);
  assert.equal(file.offset, 0);
  await file.handle.close();
});

test("a short file that grows is known by more of its beginning; one that was written anew is not", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, lines("old", 1));
  await using handle = await open(path, "r");
  const known = await readFingerprint(handle, FINGERPRINT_BYTES);
  await writeFile(path, lines("old", 50));
  const longer = await extendFingerprint(handle, known, FINGERPRINT_BYTES);
  assert.deepEqual(longer, await readFingerprint(handle, FINGERPRINT_BYTES));
  assert.deepEqual(await extendFingerprint(handle, longer ?? known, 10), longer);
  await writeFile(path, lines("new", 50));
  assert.equal(await extendFingerprint(handle, known, FINGERPRINT_BYTES), undefined);
  await truncate(path, 5);
  assert.equal(await extendFingerprint(handle, known, FINGERPRINT_BYTES), undefined);
});

test("a file that is written anew while it is opened is not opened", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, lines("old", 10));
  const startOf = async (): Promise<number> => {
    await writeFile(path, lines("new", 20));
    return 100;
  };
  await assert.rejects(TrackedFile.open(path, FINGERPRINT_BYTES, 0, startOf), { message: /written anew/ });
  const again = await TrackedFile.open(path, FINGERPRINT_BYTES, 0, () => Promise.resolve(0));
  assert.equal(again.offset, 0);
  await again.handle.close();
});
