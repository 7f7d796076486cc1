import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";
import { type TempDir, tempDir } from "#test/support/temp-dir.ts";

/** A queue in front of a broker that is away: everything stays in it. */
function configOf(dir: TempDir): string {
  return `
receivers: { file_log: { include: ["${dir.path}/tidb.log"], start_at: beginning, poll_interval: 10ms, storage: file_storage } }
processors: { tidb: }
exporters: { kafka: { brokers: ["127.0.0.1:1"], topic: t, sending_queue: { storage: file_storage, min_free_bytes: 0 } } }
extensions: { file_storage: { directory: "${dir.path}/storage" } }
service:
  extensions: [file_storage]
  telemetry: { metrics: { level: none } }
  dead_letter: { directory: "${dir.path}/dead" }
  pipelines:
    logs: { receivers: [file_log], processors: [tidb], exporters: [kafka] }
`;
}

async function command(
  dir: TempDir,
  ...args: string[]
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  await using tidewatch = startTidewatch([...args, "--config", join(dir.path, "tidewatch.yaml")]);
  const code = await tidewatch.ended();
  return { code, stdout: tidewatch.stdout(), stderr: tidewatch.stderr() };
}

test("a queue that nobody empties can be inspected, verified, exported and repaired; damage is named with its place", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "tidewatch.yaml"), configOf(dir));
  assert.match((await command(dir, "queue", "verify")).stdout, /kafka {2}no queue yet/);
  const lines = [1, 2, 3].map((n) => `[2026/11/23 09:00:00.000 +01:00] [INFO] [a.go:1] ["line ${n}"]\n`);
  await writeFile(join(dir.path, "tidb.log"), lines.join(""));
  const tidewatch = startTidewatch(["run", "--config", join(dir.path, "tidewatch.yaml")]);
  await tidewatch.printed("delivery failed, will retry");
  assert.match((await command(dir, "queue", "repair")).stderr, /\[queue_in_use\]/);
  assert.equal(await tidewatch.stop("SIGKILL"), "SIGKILL");

  assert.match(
    (await command(dir, "queue", "inspect")).stdout,
    /^kafka {2}3 records in 1 batches, \d+ bytes, since 20/,
  );
  const verified = await command(dir, "queue", "verify", "kafka");
  assert.deepEqual([verified.code, verified.stdout], [0, "kafka  1 files, 1 items: sound\n"]);
  const exported = (await command(dir, "queue", "export")).stdout.trimEnd().split("\n");
  assert.deepEqual(
    exported.map((line) => (JSON.parse(line) as { body: string }).body),
    ["line 1", "line 2", "line 3"],
  );
  assert.match((await command(dir, "queue", "repair")).stdout, /3 records in 1 batches to be sent/);

  const folder = join(dir.path, "storage/kafka.queue");
  const name = (await readdir(folder)).filter((file) => file.endsWith(".segment")).sort()[0] ?? "";
  const bytes = await readFile(join(folder, name));
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] as number) ^ 1;
  await writeFile(join(folder, name), bytes);
  const damaged = await command(dir, "queue", "verify");
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /(?:damaged bytes at \d+|bytes of an unfinished write)/);
  assert.equal((await command(dir, "queue", "export")).stdout, "");
});

test("a wrong word, or an exporter without a queue, is an error with what there is", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "tidewatch.yaml"), configOf(dir));
  assert.match((await command(dir, "queue", "verfy")).stderr, /did you mean "verify"/);
  assert.match(
    (await command(dir, "queue", "inspect", "file")).stderr,
    /"file" has no queue on the disk; these have: kafka/,
  );
});
