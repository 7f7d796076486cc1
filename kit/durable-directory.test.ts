import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "#test/support/temp-dir.ts";
import { makeDirectory } from "./durable-directory.ts";

test("a directory is made with all that is missing above it, and one that is there is left alone", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "a/b/c");
  await makeDirectory(path, 0o700);
  await makeDirectory(path, 0o755);
  for (const made of ["a", "a/b", "a/b/c"]) {
    const stats = await stat(join(dir.path, made));
    assert.ok(stats.isDirectory());
    assert.equal(stats.mode & 0o777, 0o700);
  }
});

test("where none can be made it is an error, and at once", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "file"), "");
  await assert.rejects(makeDirectory(join(dir.path, "file")), { code: "EEXIST" });
  await assert.rejects(makeDirectory(join(dir.path, "file/below")), { code: "ENOTDIR" });
  if (process.platform === "linux") await assert.rejects(makeDirectory("/proc/nowhere/at/all"), { code: "ENOENT" });
});
