import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { startTidewatch, type TidewatchProcess } from "#test/oracle/tidewatch-process.ts";
import { freePorts } from "#test/support/free-port.ts";
import { startHttp } from "#test/support/start-http.ts";
import { type TempDir, tempDir } from "#test/support/temp-dir.ts";

interface Parts {
  readonly exporters?: string;
  readonly pipelineExporters?: string;
  readonly processors?: string;
  readonly rules?: string;
  readonly receivers?: string;
  readonly extensions?: string;
}

/** A configuration in `dir`: one log in, one file out, and what a test changes. */
function configOf(dir: TempDir, parts: Parts = {}): string {
  return `
receivers: { file_log: { include: ["${dir.path}/tidb.log"], start_at: beginning, poll_interval: 10ms }${parts.receivers ?? ""} }
processors: { tidb: , session: , detect: { rules: ["${dir.path}/rules/*.yml"] } }
exporters: { file: { path: "${dir.path}/out.ndjson", fsync: never }, file/alerts: { path: "${dir.path}/alerts.ndjson" }${parts.exporters ?? ""} }
extensions: { ${parts.extensions ?? ""} }
service:
  extensions: [${parts.extensions === undefined ? "" : "health_check"}]
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [file_log], processors: [${parts.processors ?? "tidb, session, detect"}], exporters: [${parts.pipelineExporters ?? "file"}] }
    logs/alerts: { receivers: [detect], exporters: [file/alerts] }
`;
}

const line = (n: number, text = "x"): string =>
  `[2026/11/23 09:00:00.${String(n % 1000).padStart(3, "0")} +01:00] [INFO] [a.go:1] ["${text}"] [n=${n}]\n`;

/** A rule about one word of a message. */
const ruleAbout = (word: string): string => `
title: The word ${word}
id: 6f0c4a52-6b0e-4a8e-9e3b-8d1c1a6f2b10
status: experimental
logsource: { product: tidb }
detection: { word: { body: "${word}" }, condition: word }
level: high
`;

/** A folder with the log, the rules and the configuration that `parts` makes. Returns the path of the latter. */
async function prepare(dir: TempDir, parts: Parts = {}): Promise<string> {
  const path = join(dir.path, "tidewatch.yaml");
  await mkdir(join(dir.path, "rules"));
  await writeFile(join(dir.path, "rules/word.yml"), ruleAbout("needle"));
  await writeFile(path, configOf(dir, parts));
  await writeFile(join(dir.path, "tidb.log"), line(0));
  return path;
}

/** How often each line came out, by its number. */
async function countsIn(path: string): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const text of (await readFile(path, "utf8")).split("\n")) {
    if (text === "") continue;
    const n = Number((JSON.parse(text) as { attributes: Record<string, string> }).attributes["tidb.n"]);
    counts.set(n, (counts.get(n) ?? 0) + 1);
  }
  return counts;
}

async function hangup(tidewatch: TidewatchProcess, until: string, times: number): Promise<void> {
  tidewatch.child.kill("SIGHUP");
  await tidewatch.printed(until, times);
}

test("under load, forty reloads with good and bad files lose nothing and repeat nothing", async () => {
  await using dir = await tempDir();
  const path = await prepare(dir);
  await using tidewatch = startTidewatch(["run", "--config", path]);
  await tidewatch.printed("everything is running");
  let written = 1;
  let writing = true;
  const writer = (async () => {
    while (writing) {
      const lines = Array.from({ length: 50 }, () => line(written++));
      await appendFile(join(dir.path, "tidb.log"), lines.join(""));
      await setImmediate();
    }
  })();
  let good = 0;
  let bad = 0;
  for (let round = 0; round < 40; round++) {
    if (round % 4 === 3) {
      await writeFile(path, "receivers: { file_log: { includ: [x] } }\n");
      await hangup(tidewatch, "configuration is not changed", ++bad);
      continue;
    }
    const parts: Parts[] = [
      {},
      { processors: "tidb, detect" },
      {
        exporters: `, file/more: { path: "${dir.path}/more.ndjson", fsync: never }`,
        pipelineExporters: "file, file/more",
      },
    ];
    await writeFile(path, configOf(dir, parts[round % 3]));
    await hangup(tidewatch, "configuration is exchanged", ++good);
  }
  writing = false;
  await writer;
  const out = join(dir.path, "out.ndjson");
  while ((await countsIn(out)).size < written) await setImmediate();
  assert.equal(await tidewatch.stop("SIGTERM"), 0);
  const counts = await countsIn(out);
  assert.equal(counts.size, written);
  assert.deepEqual(
    [...counts].filter(([, times]) => times !== 1),
    [],
  );
  assert.match(tidewatch.stderr(), /unknown key \\"includ\\".*did you mean \\"include\\"/);
});

test("a new component that cannot start brings the old configuration back, and nothing is lost", async () => {
  await using dir = await tempDir();
  const path = await prepare(dir);
  await using tidewatch = startTidewatch(["run", "--config", path]);
  await tidewatch.printed("everything is running");
  await using occupied = await startHttp([{ status: 200 }]);
  const [port = 0] = await freePorts(1);
  const health = (at: number): string => `health_check: { endpoint: "127.0.0.1:${at}" }`;
  await writeFile(path, configOf(dir, { extensions: health(port) }));
  await hangup(tidewatch, "configuration is exchanged", 1);
  assert.equal((await fetch(`http://127.0.0.1:${port}/ready`)).status, 200);
  await writeFile(path, configOf(dir, { extensions: health(occupied.port), processors: "tidb, detect" }));
  await hangup(tidewatch, "new configuration did not start, the old one runs on", 1);
  assert.match(tidewatch.stderr(), new RegExp(`127.0.0.1:${occupied.port} is in use`));
  assert.equal((await fetch(`http://127.0.0.1:${port}/ready`)).status, 200);
  await appendFile(join(dir.path, "tidb.log"), line(1));
  const out = join(dir.path, "out.ndjson");
  while ((await countsIn(out)).size < 2) await setImmediate();
  assert.equal(await tidewatch.stop("SIGTERM"), 0);
});

test("an exporter whose other side is away is taken out, and what waited for it goes on without it", async () => {
  await using dir = await tempDir();
  const away = {
    exporters: `, kafka: { brokers: ["127.0.0.1:1"], topic: t, retry_on_failure: { initial_interval: 50ms } }`,
    pipelineExporters: "kafka",
  };
  const path = await prepare(dir, away);
  await using tidewatch = startTidewatch(["run", "--config", path]);
  await tidewatch.printed("delivery failed, will retry");
  await writeFile(path, configOf(dir));
  await hangup(tidewatch, "configuration is exchanged", 1);
  const out = join(dir.path, "out.ndjson");
  while ((await countsIn(out)).size < 1) await setImmediate();
  assert.deepEqual([...(await countsIn(out))], [[0, 1]]);
  assert.equal(await tidewatch.stop("SIGTERM"), 0);
});

test("--watch reloads when the file changes, and SIGHUP reads the rules again", async () => {
  await using dir = await tempDir();
  const path = await prepare(dir);
  await using tidewatch = startTidewatch(["run", "--watch", "--config", path]);
  await tidewatch.printed("everything is running");
  await writeFile(path, configOf(dir).replace("telemetry: {", "telemetry: { logs: { level: warn },"));
  await tidewatch.printed("configuration is exchanged");
  assert.match(tidewatch.stderr(), /takes effect at the next start setting=service::telemetry/);
  await writeFile(join(dir.path, "rules/word.yml"), ruleAbout("another"));
  await hangup(tidewatch, "configuration is exchanged", 2);
  await appendFile(join(dir.path, "tidb.log"), line(1, "needle") + line(2, "another"));
  const alerts = join(dir.path, "alerts.ndjson");
  while ((await readFile(alerts, "utf8")) === "") await setImmediate();
  assert.equal(await tidewatch.stop("SIGTERM"), 0);
  const raised = (await readFile(alerts, "utf8")).split("\n").slice(0, -1);
  assert.deepEqual(
    raised.map(
      (text) => (JSON.parse(text) as { attributes: Record<string, string> }).attributes["tidewatch.alert.title"],
    ),
    ["The word another"],
  );
});
