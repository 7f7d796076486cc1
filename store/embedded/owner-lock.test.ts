import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "#test/support/store.ts";
import { takeOwnership } from "./owner-lock.ts";

test("a second owner is refused, and told the pid of the first", async () => {
  await using folder = await temporaryFolder();
  const lock = await takeOwnership(folder.path);
  await assert.rejects(takeOwnership(folder.path), (error: Error) =>
    error.message.includes(`in use by process ${process.pid}`),
  );
  await lock.release();
  await (await takeOwnership(folder.path)).release();
});

test("kill -9 of the owner frees the folder", async () => {
  await using folder = await temporaryFolder();
  const script = `import { takeOwnership } from ${JSON.stringify(import.meta.resolve("./owner-lock.ts"))};
    await takeOwnership(${JSON.stringify(folder.path)}); console.log("owned"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  await assert.rejects(takeOwnership(folder.path), { code: "store_in_use" });
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await takeOwnership(folder.path)).release();
});

test("a pid that belongs to another process by now is not an owner", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "owner.7"), JSON.stringify({ pid: process.pid, start: "some other boot 1" }));
  const lock = await takeOwnership(folder.path);
  assert.deepEqual(await readdir(folder.path), ["owner.8"]);
  await lock.release();
});

test("of many that find a dead owner at the same time, one succeeds it", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "owner.1"), JSON.stringify({ pid: 1, start: "dead" }));
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => takeOwnership(folder.path)));
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
});
