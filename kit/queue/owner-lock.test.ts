import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "#test/support/temp-dir.ts";
import { takeOwnership } from "./owner-lock.ts";
import { realFiles } from "./real-files.ts";

test("a second owner is refused, and told the pid of the first", async () => {
  await using folder = await tempDir();
  const lock = await takeOwnership(realFiles, folder.path);
  await assert.rejects(takeOwnership(realFiles, folder.path), (error: Error) =>
    error.message.endsWith(`is in use by process ${process.pid}`),
  );
  await lock.release();
  await (await takeOwnership(realFiles, folder.path)).release();
});

test("kill -9 of the owner frees the directory", async () => {
  await using folder = await tempDir();
  const script = `
    import { takeOwnership } from ${JSON.stringify(import.meta.resolve("./owner-lock.ts"))};
    import { realFiles } from ${JSON.stringify(import.meta.resolve("./real-files.ts"))};
    await takeOwnership(realFiles, process.argv[1]); console.log("owned"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, folder.path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  await assert.rejects(takeOwnership(realFiles, folder.path), { code: "queue_in_use" });
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await takeOwnership(realFiles, folder.path)).release();
});

test("a pid that another process has by now, and a lock that says nothing, are no owners", async () => {
  for (const text of [`${process.pid} some other boot 1`, "", "not a pid", "0", "-1"]) {
    await using folder = await tempDir();
    await writeFile(join(folder.path, "owner.7"), text);
    await takeOwnership(realFiles, folder.path);
    assert.deepEqual(await readdir(folder.path), ["owner.8"]);
  }
});

test("of many that find a dead owner at the same time, one succeeds it", async () => {
  await using folder = await tempDir();
  await writeFile(join(folder.path, "owner.1"), "1 dead 0");
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => takeOwnership(realFiles, folder.path)));
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
});
