import assert from "node:assert/strict";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { PermanentError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { BatchCodec } from "#kit/batch-codec.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { DeadLetters } from "./dead-letters.ts";
import { decodeLetter } from "./letter.ts";
import { LetterBox } from "./letter-box.ts";

const batchOf = (body: string): ObjectBatch => new ObjectBatch({ attributes: {} }, [{ body }]);
const reason = new PermanentError("too large", {
  code: "kafka_too_large",
  attempts: [{ atMs: Date.UTC(2026, 0, 1), error: "away" }],
});

const lettersIn = (directory: string): DeadLetters => new DeadLetters({ directory, max_bytes: 1e6 }, fakeContext());

test("what is set aside is a letter with the component, its place, the code, the reason, the time, what was tried, and the records", async () => {
  await using dir = await tempDir();
  const directory = join(dir.path, "deep/er");
  const letters = lettersIn(directory);
  await letters.start();
  await Promise.all(["a", "b"].map((body) => letters.store("kafka", "exporter kafka", batchOf(body), reason)));
  await letters.close();
  const box = new LetterBox(directory);
  const found = await Promise.all(
    (await box.list()).map(async ({ id }) => decodeLetter(await box.read(id), new BatchCodec())),
  );
  assert.deepEqual(
    found.map(({ records }) => records.at(0).body),
    ["a", "b"],
  );
  const { set_aside, crc32, ...head } = found[0]?.head ?? assert.fail("no letter");
  assert.ok(!Number.isNaN(Date.parse(set_aside)) && crc32 > 0);
  assert.deepEqual(head, {
    version: 1,
    component: "kafka",
    origin: "exporter kafka",
    code: "kafka_too_large",
    reason: "too large",
    records: 1,
    attempts: [{ at: "2026-01-01T00:00:00.000Z", error: "away" }],
  });
});

test("a folder that cannot be made is an error for those who ask then, and forgotten once it can", async () => {
  await using dir = await tempDir();
  const blocked = join(dir.path, "blocked");
  await writeFile(blocked, "");
  const letters = lettersIn(blocked);
  await assert.rejects(letters.store("kafka", "exporter kafka", batchOf("early"), reason), { code: "ENOTDIR" });
  await rm(blocked);
  await letters.store("kafka", "exporter kafka", batchOf("late"), reason);
  await letters.close();
  await letters.close();
  const box = new LetterBox(blocked);
  const [letter] = await box.list();
  assert.equal(decodeLetter(await box.read(letter?.id ?? ""), new BatchCodec()).records.at(0).body, "late");
});

test("what a killed process had half written is gone after the next start, and whole letters stay", async () => {
  await using dir = await tempDir();
  const before = lettersIn(dir.path);
  await before.start();
  await before.store("kafka", "exporter kafka", batchOf("whole"), reason);
  await before.close();
  await writeFile(join(dir.path, "01795600000000-000002-00000000.letter.tmp"), "TW");
  const after = lettersIn(dir.path);
  await after.start();
  await after.close();
  const names = (await readdir(dir.path)).filter((name) => name !== "replay");
  assert.equal(names.length, 1);
  assert.match(names[0] ?? "", /\.letter$/);
});
