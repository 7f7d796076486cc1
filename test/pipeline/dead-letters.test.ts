import assert from "node:assert/strict";
import { appendFile, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";
import { type TempDir, tempDir } from "#test/support/temp-dir.ts";

const line = (text: string): string => `[2026/11/23 09:00:00.000 +01:00] [INFO] [a.go:1] ["${text}"] [n=1]\n`;

/** A statement that fails for some bodies: the record is set aside. */
function configOf(dir: TempDir, statement: string, maxBytes = "1GiB"): string {
  return `
receivers: { file_log: { include: ["${dir.path}/tidb.log"], start_at: beginning, poll_interval: 10ms } }
processors:
  tidb:
  transform: { error_mode: propagate, log_statements: ['${statement}'] }
exporters: { file: { path: "${dir.path}/out.ndjson" } }
service:
  telemetry: { metrics: { level: none } }
  dead_letter: { directory: "${dir.path}/dead", max_bytes: ${maxBytes} }
  pipelines:
    logs: { receivers: [file_log], processors: [tidb, transform], exporters: [file] }
`;
}
const FAILS_ON_TEXT = `set(attributes["number"], ParseInt(body, 10))`;
const FAILS_NEVER = `set(attributes["text"], body)`;

async function command(
  dir: TempDir,
  ...args: string[]
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  await using tidewatch = startTidewatch([...args, "--config", join(dir.path, "tidewatch.yaml")]);
  const code = await tidewatch.ended();
  return { code, stdout: tidewatch.stdout(), stderr: tidewatch.stderr() };
}

async function bodiesIn(dir: TempDir): Promise<string[]> {
  const text = await readFile(join(dir.path, "out.ndjson"), "utf8").catch(() => "");
  return text
    .split("\n")
    .slice(0, -1)
    .map((one) => (JSON.parse(one) as { body: string }).body);
}

/** Runs the configuration until the output has so many records. */
async function runUntil(dir: TempDir, count: number, until?: string): Promise<void> {
  await using tidewatch = startTidewatch(["run", "--config", join(dir.path, "tidewatch.yaml")]);
  if (until !== undefined) await tidewatch.printed(until);
  while ((await bodiesIn(dir)).length < count) await setImmediate();
  assert.equal(await tidewatch.stop("SIGTERM"), 0);
}

test("a record set aside is listed with its reason, shown, and replayed through its pipeline once that is mended", async () => {
  await using dir = await tempDir();
  const config = join(dir.path, "tidewatch.yaml");
  await writeFile(config, configOf(dir, FAILS_ON_TEXT));
  await writeFile(join(dir.path, "tidb.log"), line("1") + line("no number \u001b[31m") + line("2"));
  await runUntil(dir, 2, "records were set aside");
  assert.deepEqual(await bodiesIn(dir), ["1", "2"]);

  const listed = await command(dir, "dlq", "list");
  assert.match(listed.stdout, /^\d{14}-\d{6}-[0-9a-f]{8} {2}transform +1 records/m);
  assert.match(listed.stdout, /1 dead letters/);
  assert.ok(!listed.stdout.includes("\u001b"), "nothing of a stranger's reaches the terminal as it is");
  const id = listed.stdout.split(" ")[0] as string;
  const json = JSON.parse((await command(dir, "dlq", "list", "--json")).stdout) as Record<string, unknown>;
  assert.deepEqual([json["id"], json["component"], json["origin"]], [id, "transform", "processor logs transform"]);
  const shown = await command(dir, "dlq", "show", id.slice(0, 14));
  assert.equal((JSON.parse(shown.stdout) as { body: string }).body, "no number \u001b[31m");

  await writeFile(config, configOf(dir, FAILS_NEVER));
  assert.match((await command(dir, "dlq", "replay", id)).stdout, /1 dead letters are sent again/);
  assert.match((await command(dir, "dlq", "list")).stdout, /to be replayed/);
  await runUntil(dir, 3, "dead letter was replayed");
  assert.deepEqual(await bodiesIn(dir), ["1", "2", "no number \u001b[31m"].concat((await bodiesIn(dir)).slice(3)));
  assert.match((await command(dir, "dlq", "list")).stdout, /^0 dead letters/);
});

test("a replay that fails again is a new dead letter, and purge removes what it is told to", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "tidewatch.yaml"), configOf(dir, FAILS_ON_TEXT));
  await writeFile(join(dir.path, "tidb.log"), line("x"));
  await runUntil(dir, 0, "records were set aside");
  assert.equal((await command(dir, "dlq", "replay", "--all")).code, 0);
  // The line is read again as well: there is no storage for the offset here.
  await runUntil(dir, 0, "dead letter was replayed");
  const ids = (await command(dir, "dlq", "list")).stdout.split("\n").filter((one) => one.includes("records"));
  assert.equal(ids.length, 2);
  assert.equal((await command(dir, "dlq", "purge", (ids[0] as string).split(" ")[0] as string)).code, 0);
  assert.match((await command(dir, "dlq", "list")).stdout, /^1 dead letters/m);
  assert.equal((await command(dir, "dlq", "purge", "--all")).code, 0);
  assert.match((await command(dir, "dlq", "list")).stdout, /^0 dead letters/);
});

test("a damaged letter is told and kept, a wrong word or id is an error with the nearest", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "tidewatch.yaml"), configOf(dir, FAILS_ON_TEXT));
  await writeFile(join(dir.path, "tidb.log"), line("x"));
  await runUntil(dir, 0, "records were set aside");
  const [name = ""] = (await readdir(join(dir.path, "dead"))).filter((file) => file.endsWith(".letter"));
  const path = join(dir.path, "dead", name);
  await truncate(path, (await readFile(path)).length - 1);
  const shown = await command(dir, "dlq", "show", "--all");
  assert.equal(shown.code, 1);
  assert.match(shown.stderr, /dead letter is damaged: its checksum differs/);
  await truncate(path, 10);
  assert.match((await command(dir, "dlq", "list")).stdout, /dead letter is damaged: its first line cannot be read/);
  assert.match((await command(dir, "dlq", "lst")).stderr, /did you mean "list"/);
  assert.match((await command(dir, "dlq", "show")).stderr, /needs an id/);
  assert.match((await command(dir, "dlq", "purge", "zzz")).stderr, /there is no dead letter "zzz"/);
});

test("full dead letters let the pipeline wait, and nothing is lost once there is room", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "tidewatch.yaml"), configOf(dir, FAILS_ON_TEXT, "1500"));
  await writeFile(join(dir.path, "tidb.log"), line("x"));
  await using tidewatch = startTidewatch(["run", "--config", join(dir.path, "tidewatch.yaml")]);
  await tidewatch.printed("records were set aside");
  await appendFile(join(dir.path, "tidb.log"), line("y"));
  await tidewatch.printed("dead letters are full, pipelines wait");
  await appendFile(join(dir.path, "tidb.log"), line("7"));
  assert.equal((await command(dir, "dlq", "purge", "--all")).code, 0);
  await tidewatch.printed("records were set aside", 2);
  while ((await bodiesIn(dir)).length < 1) await setImmediate();
  assert.deepEqual(await bodiesIn(dir), ["7"]);
  assert.equal(await tidewatch.stop("SIGTERM"), 0);
});
