import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "#test/support/temp-dir.ts";
import { runTidewatch as run, startTidewatch } from "#test/oracle/tidewatch-process.ts";

const PIPELINE = (directory: string): string => `receivers:
  file_log: { include: ["${directory}/*.log"], start_at: beginning, poll_interval: 10ms }
processors: { tidb: }
exporters:
  debug: { verbosity: normal }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [file_log], processors: [tidb], exporters: [debug] }
`;

test("help, version and components say what there is and exit with 0", async () => {
  const help = await run("--help");
  assert.equal(help.code, 0);
  for (const word of [
    "run",
    "validate",
    "components",
    "print-config",
    "alerts",
    "audit verify",
    "version",
    "--config",
    "--set",
  ])
    assert.ok(help.out.includes(word), word);
  const version = await run("version");
  assert.match(version.out, /^tidewatch \d+\.\d+\.\d+ \(node 24\./);
  const components = await run("components", "--json");
  const listed = JSON.parse(components.out) as { receivers: { name: string }[] };
  assert.ok(listed.receivers.some(({ name }) => name === "file_log"));
});

test("a command or option that does not exist is named with the nearest one, and the exit code is 1", async () => {
  for (const [args, text] of [
    [["valdate"], 'unknown command "valdate"; did you mean "validate"?'],
    [["run", "--confg", "x"], 'unknown option "--confg"; did you mean "--config"?'],
    [["run"], "no configuration given: use --config FILE"],
  ] as const) {
    const { code, err } = await run(...args);
    assert.equal(code, 1);
    assert.ok(err.includes(text), err);
  }
});

test("validate tells every mistake with file, line and column, starts nothing, and exits with 1", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "bad.yaml");
  await writeFile(
    path,
    PIPELINE(dir.path).replace("normal", "nrmal").replace("include:", "inclde:").replace("[debug]", "[debgu]"),
  );
  const { code, err, out } = await run("validate", "--config", path);
  assert.equal(code, 1);
  assert.equal(out, "");
  assert.match(err, /bad\.yaml:2:15: receivers::file_log::inclde: unknown key "inclde".*did you mean "include"\?/);
  assert.match(err, /bad\.yaml:5:23: exporters::debug::verbosity: .*did you mean "normal"\?/);
  assert.match(err, /bad\.yaml:9:\d+: service::pipelines::logs::exporters::0: "debgu".*did you mean "debug"\?/);
  const running = await run("run", "--config", path);
  assert.equal(running.code, 1);
  assert.ok(running.err.includes("inclde"), running.err);
});

test("print-config shows the merged configuration, --set and references included", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "a.yaml");
  await writeFile(path, PIPELINE("${env:LOGS:-/var/log}"));
  const { code, out } = await run(
    "print-config",
    "--config",
    path,
    "--set",
    "exporters.debug.verbosity=basic",
    "--json",
  );
  assert.equal(code, 0);
  const shown = JSON.parse(out) as { exporters: unknown; receivers: { file_log: { include: string[] } } };
  assert.deepEqual(shown.exporters, { debug: { verbosity: "basic" } });
  assert.deepEqual(shown.receivers.file_log.include, ["/var/log/*.log"]);
});

test("run reads, prints and ends with 0 within the time when it is asked to stop", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "a.yaml"), PIPELINE(dir.path));
  await writeFile(
    join(dir.path, "tidb.log"),
    `[2026/08/07 10:15:02.118 +08:00] [INFO] [set.go:170] ["set global var"] [name=a]\n`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using tidewatch = startTidewatch(["run", "--config", join(dir.path, "a.yaml")]);
    await tidewatch.printed("set global var");
    const before = performance.now();
    assert.equal(await tidewatch.stop(signal), 0);
    assert.ok(performance.now() - before < 10_000);
  }
});

test("a port that is in use is one clear line that says what to do, and nothing keeps running", async () => {
  await using dir = await tempDir();
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const { port } = blocker.address() as { port: number };
  await writeFile(join(dir.path, "a.yaml"), PIPELINE(dir.path));
  const { code, err } = await run(
    "run",
    "--config",
    join(dir.path, "a.yaml"),
    "--set",
    "service.telemetry.metrics.level=normal",
    "--set",
    `service.telemetry.metrics.address="127.0.0.1:${port}"`,
  );
  blocker.close();
  assert.equal(code, 1);
  assert.match(
    err,
    /^tidewatch: 127\.0\.0\.1:\d+ is in use: set service::telemetry::metrics::address to another address \[listen_address\]$/m,
  );
});
