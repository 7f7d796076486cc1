import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";
import { freePorts } from "#test/support/free-port.ts";
import { tempDir } from "#test/support/temp-dir.ts";

test("SIGTERM ends the process in time and with code 0 although a thread hangs in a write to a pipe that nobody reads", async () => {
  await using dir = await tempDir();
  const [port = 0] = await freePorts(1);
  const pipe = join(dir.path, "pipe");
  execFileSync("mkfifo", [pipe]);
  await using reader = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  await writeFile(join(dir.path, "a.log"), `${"x".repeat(1000)}\n`.repeat(1000));
  const config = join(dir.path, "tidewatch.yaml");
  await writeFile(
    config,
    `
receivers: { file_log: { include: ["${join(dir.path, "*.log")}"], start_at: beginning } }
exporters: { file: { path: "${pipe}", fsync: never } }
service:
  telemetry: { metrics: { address: "127.0.0.1:${port}" } }
  dead_letter: { directory: "${join(dir.path, "dead")}" }
  pipelines: { logs: { receivers: [file_log], exporters: [file] } }
`,
  );
  await using tidewatch = startTidewatch(["run", "--config", config]);
  await tidewatch.printed("everything is running");
  // What is to be written is many times what the pipe takes: once there is something, the writer hangs.
  while (!(await hasBytes(reader))) await setImmediate();
  const startMs = performance.now();
  assert.equal(await tidewatch.stop("SIGTERM"), 0, tidewatch.stderr());
  assert.ok(performance.now() - startMs < 12_000);
  assert.match(tidewatch.stderr(), /something hangs and is left behind/);
});

async function hasBytes(pipe: FileHandle): Promise<boolean> {
  try {
    return (await pipe.read(Buffer.alloc(1))).bytesRead > 0;
  } catch {
    // EAGAIN: it is empty.
    return false;
  }
}
