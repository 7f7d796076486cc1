import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";
import { freePorts } from "#test/support/free-port.ts";
import { tempDir } from "#test/support/temp-dir.ts";

test("a configuration in the collector's own syntax runs without a change", async () => {
  await using dir = await tempDir();
  const [health = 0, metrics = 0] = await freePorts(2);
  const config = `
receivers:
  filelog:
    include: [ "${dir.path}/*.log" ]
    start_at: beginning
    poll_interval: 20ms
    storage: file_storage
processors:
  memory_limiter:
    check_interval: 1s
    limit_mib: 4000
    spike_limit_mib: 800
  batch:
    timeout: 1s
    send_batch_size: 1000
  filter/drop_debug:
    error_mode: ignore
    logs:
      log_record:
        - 'IsMatch(body, ".*DEBUG.*")'
  transform:
    error_mode: ignore
    log_statements:
      - context: log
        statements:
          - set(attributes["length"], Len(body))
          - replace_pattern(body, "password=\\\\S+", "password=***")
          - set(severity_text, "INFO") where IsMatch(body, "INFO")
  attributes/env:
    actions:
      - key: environment
        value: production
        action: insert
      - key: log.file.path
        action: delete
exporters:
  debug:
    verbosity: basic
  file:
    path: ${dir.path}/out.json
    format: json
    rotation:
      max_megabytes: 10
      max_backups: 3
    sending_queue:
      enabled: true
      num_consumers: 1
      queue_size: 1000
      storage: file_storage
    retry_on_failure:
      enabled: true
      initial_interval: 1s
      max_interval: 10s
      max_elapsed_time: 0s
extensions:
  health_check:
    endpoint: 127.0.0.1:${health}
  file_storage:
    directory: ${dir.path}/storage
    create_directory: true
    timeout: 1s
    fsync: true
service:
  extensions: [health_check, file_storage]
  telemetry:
    metrics:
      level: normal
      address: 127.0.0.1:${metrics}
    logs:
      level: info
  pipelines:
    logs:
      receivers: [filelog]
      processors: [memory_limiter, filter/drop_debug, transform, attributes/env, batch]
      exporters: [debug, file]
`;
  await writeFile(join(dir.path, "config.yaml"), config);
  await writeFile(join(dir.path, "app.log"), "INFO login password=hunter2 ok\nDEBUG noise\nWARN last\n");
  await using tidewatch = startTidewatch(["run", "--config", join(dir.path, "config.yaml")], { cwd: dir.path });
  await tidewatch.printed("everything is running");
  assert.equal((await fetch(`http://127.0.0.1:${health}/`)).status, 200);
  const out = join(dir.path, "out.json");
  const records = async (): Promise<{ body: string; severity_text?: string; attributes: Record<string, unknown> }[]> =>
    (await readFile(out, "utf8"))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as never);
  while ((await records()).length < 2) await setImmediate();
  const [first, second] = await records();
  assert.equal(first?.body, "INFO login password=*** ok");
  assert.equal(first.severity_text, "INFO");
  assert.deepEqual(first.attributes, { "log.file.name": "app.log", length: 30, environment: "production" });
  assert.equal(second?.body, "WARN last");
  const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  for (const name of [
    "otelcol_receiver_accepted_log_records",
    "otelcol_exporter_sent_log_records",
    "otelcol_exporter_queue_size",
    "otelcol_processor_filter_logs_filtered",
    "otelcol_processor_memory_limiter_accepted_log_records",
  ])
    assert.ok(text.includes(`\n${name}{`), name);
  assert.equal(await tidewatch.stop("SIGTERM"), 0);
});
