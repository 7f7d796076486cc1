import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { runTidewatch, startTidewatch } from "#test/oracle/tidewatch-process.ts";
import { freePorts } from "#test/support/free-port.ts";
import { parseSeries, type Series } from "#test/support/read-metrics.ts";
import { startHttp } from "#test/support/start-http.ts";
import { type TempDir, tempDir } from "#test/support/temp-dir.ts";

const line = (text: string): string => `[2026/11/23 09:00:00.000 +01:00] [INFO] [a.go:1] ["${text}"] [n=1]\n`;

interface Parts {
  readonly telemetry: string;
  /** A statement that fails for some records. */
  readonly statement?: string;
  /** The exporter behind the queue. */
  readonly exporter?: string;
}

/** A pipeline that filters, sets aside and queues on the disk. */
function configOf(dir: TempDir, { telemetry, statement, exporter }: Parts): string {
  return `
receivers: { file_log: { include: ["${dir.path}/tidb.log"], start_at: beginning, poll_interval: 10ms, storage: file_storage } }
processors:
  tidb:
  filter: { log_conditions: ['body == "noise"'] }
  transform: { error_mode: propagate, log_statements: ['${statement ?? 'set(attributes["number"], ParseInt(body, 10))'}'] }
exporters:
  ${exporter ?? `file: { path: "${dir.path}/out.ndjson", sending_queue: { storage: file_storage, checkpoint_interval: 10ms } }`}
extensions: { file_storage: { directory: "${dir.path}/storage" } }
service:
  extensions: [file_storage]
  dead_letter: { directory: "${dir.path}/dead" }
  telemetry: ${telemetry}
  pipelines:
    logs: { receivers: [file_log], processors: [tidb, filter, transform], exporters: [${exporter === undefined ? "file" : "kafka"}] }
`;
}

/** Sum of all series of a name whose labels hold all of `labels`. */
function sum(series: Series, name: string, ...labels: string[]): number {
  return [...series]
    .filter(([key]) => key.split("{")[0] === name && labels.every((label) => key.includes(label)))
    .reduce((total, [, value]) => total + value, 0);
}

/** Both sides of the promise in docs/telemetry.md, for the exporter `id` of one pipeline with one receiver. */
function balance(series: Series, id: string): { in: number; out: number } {
  return {
    in:
      sum(series, "otelcol_receiver_accepted_log_records") +
      sum(series, "tidewatch_exporter_queue_restored_log_records", `exporter="${id}"`) +
      sum(series, "tidewatch_dead_letter_replayed_log_records"),
    out:
      sum(series, "otelcol_exporter_sent_log_records", `exporter="${id}"`) +
      sum(series, "otelcol_processor_filter_logs_filtered") +
      sum(series, "tidewatch_dropped_log_records", `component="${id}"`) +
      sum(series, "tidewatch_dead_letter_log_records") +
      sum(series, "tidewatch_exporter_queue_damaged_log_records", `exporter="${id}"`) +
      sum(series, "tidewatch_exporter_queue_log_records", `exporter="${id}"`),
  };
}

async function scrape(port: number): Promise<Series> {
  return parseSeries(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
}

/** Scrapes until it is as wanted, and once more: one scrape reads what is observed a moment before what is counted. */
async function scrapeAtRest(port: number, wanted: (series: Series) => boolean): Promise<Series> {
  while (!wanted(await scrape(port)));
  return scrape(port);
}

test("what was accepted is what was sent, filtered, set aside and queued, over an outage, a restart and a replay", async () => {
  await using dir = await tempDir();
  const config = join(dir.path, "tidewatch.yaml");
  const log = join(dir.path, "tidb.log");
  const [port = 0] = await freePorts(1);
  const telemetry = `{ metrics: { address: "127.0.0.1:${port}" } }`;
  const away = 'kafka: { brokers: ["127.0.0.1:1"], topic: t, sending_queue: { storage: file_storage } }';

  await writeFile(log, line("1") + line("noise") + line("no number") + line("noise") + line("2"));
  await writeFile(config, configOf(dir, { telemetry, exporter: away }));
  {
    await using tidewatch = startTidewatch(["run", "--config", config]);
    await tidewatch.printed("everything is running");
    const accepted =
      (count: number) =>
      (series: Series): boolean =>
        sum(series, "otelcol_receiver_accepted_log_records") >= count;
    const series = await scrapeAtRest(port, accepted(5));
    assert.deepEqual(balance(series, "kafka"), { in: 5, out: 5 });
    assert.equal(sum(series, "tidewatch_exporter_queue_log_records"), 2);
    assert.equal(sum(series, "tidewatch_dead_letter_log_records", 'component="transform"', 'kind="processor"'), 1);
    await scrapeAtRest(port, (now) => sum(now, "otelcol_exporter_send_failed_log_records", 'exporter="kafka"') > 0);
    await appendFile(log, line("3"));
    await scrapeAtRest(port, accepted(6));
    assert.equal(await tidewatch.stop("SIGTERM"), 0);
  }
  {
    await using tidewatch = startTidewatch(["run", "--config", config]);
    await tidewatch.printed("everything is running");
    await appendFile(log, line("4"));
    const series = await scrapeAtRest(port, (now) => sum(now, "otelcol_receiver_accepted_log_records") >= 1);
    assert.equal(sum(series, "tidewatch_exporter_queue_restored_log_records"), 3);
    assert.deepEqual(balance(series, "kafka"), { in: 4, out: 4 });
    assert.equal(await tidewatch.stop("SIGTERM"), 0);
  }
  await writeFile(config, configOf(dir, { telemetry, statement: 'set(attributes["text"], body)' }));
  assert.match((await runTidewatch("dlq", "replay", "--all", "--config", config)).out, /1 dead letters are sent again/);
  {
    await using tidewatch = startTidewatch(["run", "--config", config]);
    await tidewatch.printed("dead letter was replayed");
    await appendFile(log, line("5") + line("noise"));
    const series = await scrapeAtRest(
      port,
      (now) =>
        sum(now, "otelcol_exporter_sent_log_records") >= 2 &&
        sum(now, "otelcol_receiver_accepted_log_records") >= 2 &&
        sum(now, "tidewatch_exporter_queue_log_records") === 0,
    );
    assert.deepEqual(balance(series, "file"), { in: 3, out: 3 });
    assert.equal(await tidewatch.stop("SIGTERM"), 0);
  }
  const bodies = (await readFile(join(dir.path, "out.ndjson"), "utf8")).split("\n").slice(0, -1);
  assert.equal(bodies.length, 2);
});

test("the own log and metrics of a whole program go to a receiver of OTLP, and one that hangs does not hold up its end", async () => {
  await using dir = await tempDir();
  const config = join(dir.path, "tidewatch.yaml");
  await writeFile(join(dir.path, "tidb.log"), line("1"));
  await using receiver = await startHttp([{ status: 200 }]);
  const telemetryTo = (url: string): string => `
    logs: { processors: [{ batch: { schedule_delay: 10, exporter: { otlp_http: { endpoint: "${url}" } } } }] }
    metrics: { readers: [{ periodic: { interval: 1s, exporter: { otlp_http: { endpoint: "${url}" } } } }] }
    resource: { deployment.environment.name: test }`;
  await writeFile(config, configOf(dir, { telemetry: telemetryTo(receiver.url) }));
  {
    await using tidewatch = startTidewatch(["run", "--config", config]);
    await tidewatch.printed("everything is running");
    const arrived = (path: string, text: string): boolean =>
      receiver.requests.some(({ url, body }) => url === path && body.includes(text));
    while (!arrived("/v1/logs", "everything is running")) await setImmediate();
    while (!arrived("/v1/metrics", "otelcol_receiver_accepted_log_records")) await setImmediate();
    assert.equal(await tidewatch.stop("SIGTERM"), 0);
    assert.ok(arrived("/v1/logs", "stopping"), "the last lines are sent before the end");
    for (const { body } of receiver.requests) assert.ok(body.includes("deployment.environment.name"));
    assert.doesNotMatch(tidewatch.stderr(), /cannot be sent/);
  }
  await using hanging = await startHttp(() => "hang");
  await writeFile(config, configOf(dir, { telemetry: telemetryTo(hanging.url) }));
  await using tidewatch = startTidewatch(["run", "--config", config]);
  await tidewatch.printed("everything is running");
  await hanging.untilRequests(2);
  const begin = performance.now();
  assert.equal(await tidewatch.stop("SIGTERM"), 0);
  assert.ok(performance.now() - begin < 9000, "the end waited for time-outs");
});
