import assert from "node:assert/strict";
import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "#test/support/temp-dir.ts";
import { createRandom } from "#test/oracle/random.ts";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";

const LINES = 30_000;
const KILLS = 6;

test("kill -9 at random moments while the log rotates: every line is in the output file at least once, whole", async () => {
  await using dir = await tempDir();
  const log = join(dir.path, "tidb.log");
  const out = join(dir.path, "out.ndjson");
  await writeFile(log, "");
  await writeFile(
    join(dir.path, "a.yaml"),
    `receivers:
  file_log: { include: ["${dir.path}/tidb*.log"], start_at: beginning, poll_interval: 5ms, storage: file_storage }
processors: { tidb: , session: { storage: file_storage } }
exporters: { file: { path: "${out}" } }
extensions: { file_storage: { directory: "${dir.path}/storage" } }
service:
  extensions: [file_storage]
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [file_log], processors: [tidb, session], exporters: [file] }
`,
  );
  const random = createRandom(20261125);
  let written = 0;
  const writeSome = async (count: number): Promise<void> => {
    let text = "";
    for (let k = 0; k < count; k++, written++) {
      text += `[2026/08/07 10:15:02.118 +08:00] [INFO] [session.go:4193] [GENERAL_LOG] [conn=${written % 50}] [user=app@10.0.0.1] [sql="select ${written}"]\n`;
    }
    await appendFile(log, text);
    if (random() < 0.3) {
      await rename(log, join(dir.path, `tidb-${written}.log`));
      await writeFile(log, "");
    }
  };
  for (let kill = 0; kill < KILLS; kill++) {
    await using tidewatch = startTidewatch(["run", "--config", join(dir.path, "a.yaml")]);
    await tidewatch.printed("everything is running");
    const target = Math.floor((LINES * (kill + 1)) / KILLS);
    while (written < target) await writeSome(1 + Math.floor(random() * 400));
    assert.equal(await tidewatch.stop("SIGKILL"), "SIGKILL");
    if (kill % 2 === 0) await writeSome(100);
  }
  await using last = startTidewatch(["run", "--config", join(dir.path, "a.yaml")]);
  await last.printed("everything is running");
  await appendFile(log, `[2026/08/07 10:15:02.118 +08:00] [INFO] [a.go:1] ["the end"]\n`);
  let seen = new Set<string>();
  for (;;) {
    const lines = (await readFile(out, "utf8")).split("\n");
    if (lines.some((line) => line.includes('"body":"the end"'))) {
      seen = new Set(
        lines
          .slice(0, -1)
          .map(
            (line) => (JSON.parse(line) as { attributes: Record<string, string> }).attributes["db.query.text"] ?? "",
          ),
      );
      break;
    }
    await new Promise(setImmediate);
  }
  assert.equal(await last.stop("SIGTERM"), 0);
  const missing = Array.from({ length: written }, (_, i) => `select ${i}`).filter((sql) => !seen.has(sql));
  assert.deepEqual(missing, [], `${missing.length} of ${written} lines are missing`);
});
