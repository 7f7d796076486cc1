import assert from "node:assert/strict";
import { appendFile, copyFile, open, readFile, rename, rm, truncate, writeFile, chmod } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError, RetryableError } from "#core/errors.ts";
import { systemClock } from "#service/clock.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { failingConsumer } from "#test/support/fake-consumers.ts";
import { bodies, numbered, tail } from "#test/support/tail.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { lineCollector } from "#test/oracle/line-collector.ts";
import { fileStorageExtension } from "../../extensions/file_storage/index.ts";
import { fileLogReceiver } from "./index.ts";

test("lines that are there and lines that are added arrive in order, with the file's name and path", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, numbered(0, 500));
  const got = lineCollector();
  await using _tail = await tail({ include: [join(dir.path, "*.log")], attributes: { env: "test" } }, got);
  await got.until(500);
  await appendFile(path, numbered(500, 700));
  await got.until(700);
  assert.deepEqual(got.bodies, bodies(0, 700));
  assert.deepEqual(got.lines[0]?.attributes, { "log.file.name": "tidb.log", "log.file.path": path, env: "test" });
});

test("start_at end skips what was there, and files that appear later are read whole", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "old.log"), numbered(0, 10));
  const got = lineCollector();
  await using _tail = await tail({ include: [join(dir.path, "*.log")], start_at: "end" }, got);
  await writeFile(join(dir.path, "new.log"), "new\n");
  await got.untilBody("new");
  await appendFile(join(dir.path, "old.log"), "added\n");
  await got.untilBody("added");
  assert.deepEqual(got.bodies, ["new", "added"]);
});

test("excluded files are left out", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "a.log"), "a\n");
  await writeFile(join(dir.path, "b.log"), "b\n");
  const got = lineCollector();
  await using _tail = await tail({ include: [join(dir.path, "*.log")], exclude: [join(dir.path, "b*")] }, got);
  await got.until(1);
  await appendFile(join(dir.path, "a.log"), "more\n");
  await got.until(2);
  assert.deepEqual(got.bodies, ["a", "more"]);
});

test("a renamed file that still grows is read on, and the new file of its name too", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, numbered(0, 100));
  const got = lineCollector();
  await using _tail = await tail({ include: [path] }, got);
  await got.until(100);
  await using writer = await open(path, "a");
  await rename(path, join(dir.path, "tidb-2026.log"));
  await writeFile(path, numbered(200, 300));
  await got.until(200);
  await writer.write(numbered(100, 200));
  await got.until(300);
  assert.deepEqual([...got.bodies].sort(), bodies(0, 300).sort());
});

test("a file that is emptied and written anew is read from its beginning, even when it has grown past the old end", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, numbered(0, 50));
  const got = lineCollector();
  await using running = await tail({ include: [path] }, got);
  await got.until(50);
  await truncate(path, 0);
  await appendFile(path, numbered(1000, 1200));
  await got.until(250);
  assert.deepEqual(got.bodies.slice(50), bodies(1000, 1200));
  assert.ok(running.context.lines.some(({ sentence }) => sentence.includes("written anew")));
});

test("copy and truncate loses nothing and repeats nothing: the copy is known by its content", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, numbered(0, 100));
  const got = lineCollector();
  await using _tail = await tail({ include: [join(dir.path, "tidb*")] }, got);
  await got.until(100);
  await copyFile(path, join(dir.path, "tidb.log.1"));
  await truncate(path, 0);
  await appendFile(path, numbered(100, 150));
  await got.until(150);
  await appendFile(path, "last\n");
  await got.untilBody("last");
  assert.deepEqual(got.bodies, [...bodies(0, 150), "last"]);
});

test("lines written behind the read offset are noticed and read, torn lines are kept, and it is said loudly", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  // TiDB's two loggers: one appends, the other writes at its own offset over what was appended.
  await using main = await open(path, "w");
  const first = `[main 1 ${"x".repeat(90)}]\n`;
  await main.write(first, 0);
  await appendFile(path, numbered(0, 3));
  const got = lineCollector();
  await using running = await tail({ include: [path] }, got);
  await got.until(4);
  await main.write("[main 2 over it]\n", first.length);
  await got.untilBody("[main 2 over it]");
  const again = got.lines.filter(({ attributes }) => attributes["tidewatch.reread"] === true).map(({ body }) => body);
  assert.ok(again.includes("[main 2 over it]"));
  assert.ok(again.includes("e 2"), "the torn rest of line 2 is kept");
  assert.ok(
    running.context.lines.some(({ level, sentence }) => level === "error" && sentence.includes("general-log-file")),
  );
});

test("a last line without its end is sent after force_flush_period, and not before it is complete if the rest comes", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "a.log");
  await writeFile(path, "whole\nhal");
  const got = lineCollector();
  await using _tail = await tail({ include: [path] }, got);
  await got.until(2);
  assert.deepEqual(got.bodies, ["whole", "hal"]);
});

test("a record longer than max_log_size goes on in the next record; no byte is lost and no buffer grows beyond it", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "a.log");
  const long = "x".repeat(700_000);
  await writeFile(path, `before\n${long}\nafter\n`);
  const got = lineCollector();
  await using _tail = await tail({ include: [path], max_log_size: "256KiB" }, got);
  await got.untilBody("after");
  const pieces = got.bodies.slice(1, -1);
  assert.equal(pieces.join(""), long);
  assert.ok(pieces.every((piece) => piece.length <= 256 * 1024));
});

test("lines that belong together are one record; the last one is sent once it is quiet", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "slow.log");
  await writeFile(path, "# Time: 1\n# a\nselect 1;\n# Time: 2\nselect 2;\n");
  for (const pattern of ["^# Time: ", "^# T[i]me: \\d"]) {
    const got = lineCollector();
    await using _tail = await tail({ include: [path], multiline: { line_start_pattern: pattern } }, got);
    await got.until(2);
    assert.deepEqual(got.bodies, ["# Time: 1\n# a\nselect 1;", "# Time: 2\nselect 2;"]);
  }
});

test("after a restart it goes on behind what was safe, also in a file that was renamed meanwhile", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  const storage = join(dir.path, "storage");
  await writeFile(path, numbered(0, 100));
  const first = lineCollector();
  {
    await using _tail = await tail({ include: [path] }, first, storage);
    await first.until(100);
  }
  await appendFile(path, numbered(100, 150));
  await rename(path, join(dir.path, "tidb-old.log"));
  await writeFile(path, numbered(150, 200));
  const second = lineCollector();
  await using _tail = await tail({ include: [path] }, second, storage);
  await second.until(100);
  assert.deepEqual([...second.bodies].sort(), bodies(100, 200).sort());
});

test("what was not safe is not checkpointed: a batch that nobody took is read again after a restart", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  const storage = join(dir.path, "storage");
  await writeFile(path, numbered(0, 10));
  {
    const refusing = failingConsumer(new RetryableError("not now"));
    await using running = await tail({ include: [path] }, refusing, storage);
    while (refusing.calls < 2) await systemClock.sleep(5, new AbortController().signal);
    assert.ok(running.context.lines.some(({ sentence }) => sentence.includes("will send it again")));
  }
  const got = lineCollector();
  await using _tail = await tail({ include: [path] }, got, storage);
  await got.until(10);
  assert.deepEqual(got.bodies, bodies(0, 10));
});

test("copy and truncate while nobody takes the lines: after a restart they are read from the copy", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  const storage = join(dir.path, "storage");
  await writeFile(path, numbered(0, 100));
  {
    const refusing = failingConsumer(new RetryableError("not now"));
    await using running = await tail({ include: [join(dir.path, "tidb*")] }, refusing, storage);
    while (refusing.calls < 1) await systemClock.sleep(5, new AbortController().signal);
    // The copy comes into sight only after the emptied file: the order in which the two are found is a matter of luck.
    await copyFile(path, join(dir.path, "copy"));
    await truncate(path, 0);
    await appendFile(path, numbered(100, 110));
    while (!running.context.lines.some(({ sentence }) => sentence.includes("written anew")))
      await systemClock.sleep(5, new AbortController().signal);
    await rename(join(dir.path, "copy"), join(dir.path, "tidb.log.1"));
  }
  const got = lineCollector();
  await using _tail = await tail({ include: [join(dir.path, "tidb*")] }, got, storage);
  await got.until(110);
  assert.deepEqual([...got.bodies].sort(), bodies(0, 110).sort());
});

test("a batch that is refused is sent again until it is taken", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, numbered(0, 10));
  const refusing = failingConsumer(new RetryableError("not now"), 2);
  await using _tail = await tail({ include: [path] }, refusing);
  await refusing.untilRecords(10);
  assert.equal(refusing.calls, 3);
});

test("a slow consumer holds the reading back: only a few batches are under way at once", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, numbered(0, 200_000));
  const got = lineCollector();
  const release = got.hold();
  await using _tail = await tail({ include: [path] }, got);
  await got.until(1);
  await systemClock.sleep(100, new AbortController().signal);
  const underWay = got.lines.length;
  assert.ok(underWay < 100_000, `${underWay} lines under way`);
  release();
  await got.until(200_000);
});

test("deleted files are read to their end and let go; unreadable ones are reported once and left", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "a.log");
  await writeFile(path, numbered(0, 5));
  await writeFile(join(dir.path, "loop.log"), "");
  await rm(join(dir.path, "loop.log"));
  await (await import("node:fs/promises")).symlink("loop.log", join(dir.path, "loop.log"));
  await writeFile(join(dir.path, "locked.log"), "secret\n");
  await chmod(join(dir.path, "locked.log"), 0);
  const got = lineCollector();
  await using running = await tail({ include: [join(dir.path, "*.log")] }, got);
  await got.until(5);
  await rm(path);
  await writeFile(join(dir.path, "b.log"), "next\n");
  await got.untilBody("next");
  const complaints = running.context.lines.filter(({ fields }) => String(fields.path).endsWith("loop.log"));
  assert.equal(complaints.length, 1);
});

test("damaged checkpoints are an error at the start, not an empty start, and stay as they are", async () => {
  await using dir = await tempDir();
  const damaged = join(dir.path, "file_log.checkpoints");
  await writeFile(damaged, "{");
  const storage = fileStorageExtension.prepare({ directory: dir.path })(fakeContext());
  await storage.start?.(new AbortController().signal);
  const context = fakeContext({ id: "file_log", clock: systemClock, extensions: { file_storage: storage } });
  const raw = { include: [join(dir.path, "*.log")], storage: "file_storage" };
  const receiver = fileLogReceiver.prepare(raw)(context, lineCollector());
  await assert.rejects(async () => receiver.start?.(new AbortController().signal), SyntaxError);
  await receiver.shutdown?.(AbortSignal.timeout(2000));
  assert.equal(await readFile(damaged, "utf8"), "{");
});

test("mistakes in the configuration are told with their path", () => {
  for (const [raw, path] of [
    [{}, "include"],
    [{ include: [] }, "include"],
    [{ include: ["a"], start_at: "begining" }, "start_at"],
    [{ include: ["a"], poll_interval: "fast" }, "poll_interval"],
    [{ include: ["a"], multiline: { line_start_pattern: "(" } }, "multiline::line_start_pattern"],
    [{ include: ["a"], includ: ["b"] }, "includ"],
  ] as const) {
    assert.throws(
      () => fileLogReceiver.prepare(raw),
      (error) => error instanceof ConfigError && error.issues.some((issue) => issue.path.join("::") === path),
      path,
    );
  }
});
