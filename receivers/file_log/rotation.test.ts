import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { systemClock } from "#service/clock.ts";
import { lineCollector } from "#test/oracle/line-collector.ts";
import { bodies, numbered, tail } from "#test/support/tail.ts";
import { tempDir } from "#test/support/temp-dir.ts";

/** Writes `line N` to a file of its own, 300 times, each of which then passes through eight names. */
const ROTATE = `
const { writeFileSync, renameSync, existsSync } = require("node:fs");
const at = (name) => require("node:path").join(require("node:worker_threads").workerData, name);
for (let n = 0; n < 300; n++) {
  writeFileSync(at("tidb.log"), "line " + n + "\\n");
  for (let k = 8; k > 0; k--)
    if (existsSync(at("tidb.log." + k))) renameSync(at("tidb.log." + k), at(k === 8 ? "tidb.old-" + n : "tidb.log." + (k + 1)));
  renameSync(at("tidb.log"), at("tidb.log.1"));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}`;

test("files that change their names all the time are all read, each once: between its finding and its opening a name may pass to another file", async () => {
  await using dir = await tempDir();
  const path = (name: string): string => join(dir.path, name);
  const got = lineCollector();
  await using _tail = await tail({ include: [path("tidb*")], poll_interval: "1ms" }, got);
  // In a thread of its own, because one that shares ours would only rename between our steps.
  await once(new Worker(ROTATE, { eval: true, workerData: dir.path }), "exit");
  await got.until(300);
  await writeFile(path("tidb.log"), "last\n");
  await got.untilBody("last");
  assert.deepEqual([...got.bodies].sort(), ["last", ...bodies(0, 300)].sort());
});

test("with more files than may be open at once each has its turn, also the ones that grow again, and none is read twice", async () => {
  await using dir = await tempDir();
  const path = (k: number): string => join(dir.path, `${k}.log`);
  for (let k = 0; k < 9; k++) await writeFile(path(k), numbered(k * 10, k * 10 + 5));
  const got = lineCollector();
  await using running = await tail({ include: [join(dir.path, "*.log")], max_concurrent_files: 2 }, got);
  await got.until(45);
  for (let k = 0; k < 9; k++) await appendFile(path(k), numbered(k * 10 + 5, k * 10 + 10));
  await got.until(90);
  assert.deepEqual([...got.bodies].sort(), bodies(0, 90).sort());
  assert.deepEqual(
    running.context.lines.filter(({ level }) => level === "error"),
    [],
  );
});

test("a last line without its end is sent in time although the wall clock is set back all the time", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "a.log");
  let setBackMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() - (setBackMs += 3_600_000) };
  const got = lineCollector();
  await using _tail = await tail({ include: [path] }, got, undefined, clock);
  await writeFile(path, "whole\nhal");
  await got.until(2);
  assert.deepEqual(got.bodies, ["whole", "hal"]);
});
