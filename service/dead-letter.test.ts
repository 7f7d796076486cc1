import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { PermanentError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { DeadLetters } from "./dead-letter.ts";

const batchOf = (body: string): ObjectBatch => new ObjectBatch({ attributes: {} }, [{ body }]);
const reason = new PermanentError("too large", { code: "kafka_too_large" });

test("a record that is set aside is a line with the component, the code, the reason, the time and the record", async () => {
  await using dir = await tempDir();
  const letters = new DeadLetters(join(dir.path, "deep/er"), manualClock());
  await Promise.all(["a", "b"].map((body) => letters.store("kafka", batchOf(body), reason)));
  await letters.close();
  const text = await readFile(join(dir.path, "deep/er/dead_letter.ndjson"), "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { [key: string]: unknown; record: { body: string } });
  const [first] = lines;
  assert.deepEqual([first?.component, first?.code, first?.reason], ["kafka", "kafka_too_large", "too large"]);
  assert.ok(!Number.isNaN(Date.parse(String(first?.set_aside))));
  assert.deepEqual(
    lines.map(({ record }) => record.body),
    ["a", "b"],
  );
});

test("a folder that cannot be made is an error for those who ask then, and forgotten once it can", async () => {
  await using dir = await tempDir();
  const blocked = join(dir.path, "blocked");
  await writeFile(blocked, "");
  const letters = new DeadLetters(blocked, manualClock());
  await assert.rejects(letters.store("kafka", batchOf("early"), reason), { code: "EEXIST" });
  await rm(blocked);
  await letters.store("kafka", batchOf("late"), reason);
  await letters.close();
  assert.match(await readFile(join(blocked, "dead_letter.ndjson"), "utf8"), /"late"/);
});

test("closing is safe after a failure, and twice", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "blocked"), "");
  const letters = new DeadLetters(join(dir.path, "blocked"), manualClock());
  await assert.rejects(letters.store("kafka", batchOf("a"), reason));
  await letters.close();
  await letters.close();
});
