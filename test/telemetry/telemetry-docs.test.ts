import assert from "node:assert/strict";
import { appendFile, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";
import { freePorts } from "#test/support/free-port.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { documentedMetrics } from "./documented-metrics.ts";
import { readPromql } from "./promql.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** Names that begin like a metric and are something else. */
const NO_METRICS = new Set(["tidewatch_outbox"]);

/** Labels that Prometheus gives, or that belong to the parts of a histogram. */
const FOREIGN_LABELS = new Set(["job", "instance", "le"]);

const documented = documentedMetrics();

/** Names of metrics that the source declares, as they are served. */
function declaredInSource(): Set<string> {
  const files = globSync(
    "{core,kit,sigma,tidb,ottl,store,receivers,processors,exporters,playbooks,extensions,service}/**/*.ts",
    {
      cwd: ROOT,
    },
  ).filter((file) => !file.endsWith(".test.ts"));
  assert.ok(files.length > 200, "found almost no source: the check is blind");
  const names = files.flatMap((file) =>
    [...readFileSync(join(ROOT, file), "utf8").matchAll(/"((?:otelcol|tidewatch)_[a-z0-9_.]+)"/g)].map(
      ([, name = ""]) => name.replaceAll(".", "_"),
    ),
  );
  return new Set(names.filter((name) => !NO_METRICS.has(name)));
}

test("docs/telemetry.md has every metric of the source, and no other", () => {
  const declared = declaredInSource();
  assert.ok(declared.size > 40, "found almost no metrics: the check is blind");
  assert.deepEqual([...documented.keys()].filter((name) => name !== "target_info").sort(), [...declared].sort());
});

/** A program that comes by as many metrics as one can without a database. */
const busyConfig = (dir: string, port: number): string => `
receivers:
  file_log: { include: ["${dir}/tidb.log"], start_at: beginning, poll_interval: 10ms }
  file_log/two: { include: ["${dir}/two/*.log"], start_at: beginning, poll_interval: 10ms }
processors:
  memory_limiter: { limit_mib: 8000 }
  tidb:
  session:
  filter: { error_mode: ignore, log_conditions: ['ParseInt(body, 10) == 1', 'body == "noise"'] }
  transform: { error_mode: ignore, log_statements: ['set(attributes["n"], ParseInt(body, 10))'] }
  transform/strict: { error_mode: propagate, log_statements: ['set(attributes["n"], ParseInt(body, 10)) where body == "never"'] }
  detect: { rules: ["${ROOT}/config/rules/**/*.yml"] }
exporters:
  file: { path: "${dir}/out.ndjson", sending_queue: { storage: file_storage } }
  file/alerts: { path: "${dir}/alerts.ndjson" }
  kafka: { brokers: ["127.0.0.1:1"], topic: t, sending_queue: { queue_size: 1, block_on_overflow: false } }
extensions: { file_storage: { directory: "${dir}/storage" } }
service:
  extensions: [file_storage]
  dead_letter: { directory: "${dir}/dead" }
  telemetry: { metrics: { address: "127.0.0.1:${port}" } }
  pipelines:
    logs: { receivers: [file_log], processors: [memory_limiter, tidb, session, filter, transform, detect], exporters: [file] }
    logs/alerts: { receivers: [detect], exporters: [file/alerts] }
    logs/away: { receivers: [file_log/two], exporters: [kafka] }
`;

/** Not to be had here: they need a database, an operator, pressure on memory, or a failure that sets records aside. */
const NOT_SERVED = [
  "tidewatch_response_open_runs",
  "tidewatch_response_effects",
  "tidewatch_response_steps",
  "tidewatch_dead_letter_replayed_log_records",
  "tidewatch_dead_letter_log_records",
  "tidewatch_processor_memory_limiter_waited_log_records",
];

interface Served {
  readonly type: string;
  readonly labels: Set<string>;
}

function readScrape(text: string): Map<string, Served> {
  const served = new Map<string, Served>();
  for (const line of text.split("\n")) {
    const [, typed, type = ""] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (typed !== undefined) served.set(typed, { type, labels: new Set() });
    const [, name = "", labels = ""] = /^([a-z0-9_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const family = served.get(name) ?? served.get(name.replace(/_(bucket|sum|count)$/, ""));
    for (const [, label = ""] of labels.matchAll(/([a-z_]+)="(?:[^"\\]|\\.)*"/g)) family?.labels.add(label);
  }
  return served;
}

test("a running program serves the documented metrics, with their types and labels", async () => {
  await using dir = await tempDir();
  const [port = 0] = await freePorts(1);
  const config = join(dir.path, "tidewatch.yaml");
  await mkdir(join(dir.path, "two"));
  for (const name of ["a", "b"]) await writeFile(join(dir.path, `two/${name}.log`), `${name}\n`);
  await copyFile(join(ROOT, "config/sample/tidb.log"), join(dir.path, "tidb.log"));
  await writeFile(config, busyConfig(dir.path, port));
  await using tidewatch = startTidewatch(["run", "--config", config]);
  await tidewatch.printed("everything is running");
  const noise = '[2026/11/23 09:00:00.000 +01:00] [INFO] [a.go:1] ["noise"]\n';
  await appendFile(join(dir.path, "tidb.log"), `no line of TiDB\n${noise}`);
  const expected = [...documented.keys()].filter((name) => !NOT_SERVED.includes(name));
  const scrape = async (): Promise<Map<string, Served>> =>
    readScrape(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  let served = await scrape();
  const missing = (): string[] => expected.filter((name) => !served.has(name));
  for (const end = performance.now() + 60_000; missing().length > 0 && performance.now() < end;)
    served = await scrape();
  assert.deepEqual(missing(), []);
  for (const [name, { type, labels }] of served) {
    const row = documented.get(name) ?? assert.fail(`${name} is not documented`);
    assert.equal(type, row.type, name);
    if (name === "target_info") continue;
    const unknown = [...labels].filter((label) => !row.labels.includes(label) && !FOREIGN_LABELS.has(label));
    assert.deepEqual(unknown, [], `labels of ${name}`);
  }
  assert.equal(await tidewatch.stop("SIGTERM"), 0);
});

/** What is wrong with an expression: it cannot be read, or names a metric or a label that there is not. */
function mistakesIn(expression: string): string[] {
  const { mistake, selectors, groupings } = readPromql(expression);
  const mistakes = mistake === undefined ? [] : [`cannot be read: ${mistake}`];
  const known = new Set(FOREIGN_LABELS);
  for (const { name, labels } of selectors) {
    const family = name.replace(/_(bucket|sum|count)$/, "");
    const metric =
      documented.get(name) ?? (documented.get(family)?.type === "histogram" ? documented.get(family) : undefined);
    if (metric === undefined || (metric.type === "histogram" && name === family))
      mistakes.push(`no such metric: ${name}`);
    for (const label of metric?.labels ?? []) known.add(label);
    for (const label of labels) {
      if (!FOREIGN_LABELS.has(label) && metric?.labels.includes(label) !== true)
        mistakes.push(`${name} has no label ${label}`);
    }
  }
  for (const label of groupings) if (!known.has(label)) mistakes.push(`nothing here has the label ${label}`);
  if (selectors.length === 0) mistakes.push("names no metric");
  return mistakes.map((text) => `${text} in ${expression}`);
}

test("the check of expressions sees wrong names, wrong labels and wrong syntax", () => {
  for (const wrong of [
    "rate(otelcol_exporter_sent_log_record[5m])",
    'tidewatch_file_log_lag_seconds{reciever="x"}',
    "sum by (exporter) (tidewatch_file_log_lag_seconds)",
    "sum(rate(otelcol_process_uptime[5m])",
    "tidewatch_process_event_loop_delay_seconds",
    "1 + 1",
  ])
    assert.notDeepEqual(mistakesIn(wrong), [], wrong);
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** Labels that a text takes from what an expression gives. */
function labelsIn(text: string): string[] {
  return [...text.matchAll(/\$labels\.([a-z_]+)/g)].map(([, label = ""]) => label);
}

test("every alert rule is whole, and asks for metrics and labels that there are", async () => {
  const file = parse(await readFile(join(ROOT, "config/prometheus-alerts.yaml"), "utf8")) as {
    groups: { name: string; rules: Rule[] }[];
  };
  const rules = file.groups.flatMap((group) => group.rules);
  assert.ok(rules.length >= 20);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length, "names are unique");
  for (const { alert, expr, labels, annotations, ...rest } of rules) {
    assert.match(alert, /^Tidewatch[A-Za-z]+$/);
    assert.deepEqual(mistakesIn(expr), []);
    assert.ok(["warning", "critical"].includes(labels.severity), alert);
    assert.ok(annotations.summary.length > 10 && annotations.description.length > 20, alert);
    assert.match(rest.for ?? "0m", /^\d+m$/);
    const { selectors, groupings } = readPromql(expr);
    assert.ok(
      selectors.every((selector) => selector.labels.includes("job")),
      `${alert}: other programs have metrics of this name`,
    );
    const given = new Set([
      "job",
      "instance",
      ...selectors.flatMap(({ name }) => documented.get(name)?.labels ?? []),
      ...groupings,
    ]);
    for (const label of labelsIn(annotations.summary + annotations.description))
      assert.ok(given.has(label), `${alert} has no label ${label}`);
  }
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

test("the dashboard is whole, and asks for metrics and labels that there are", async () => {
  const dashboard = JSON.parse(await readFile(join(ROOT, "config/grafana-dashboard.json"), "utf8")) as {
    title: string;
    panels: Panel[];
    templating: { list: { name: string; type: string; query: unknown }[] };
  };
  assert.deepEqual(
    dashboard.templating.list.map(({ name }) => name),
    ["datasource", "job", "instance"],
  );
  const rows = dashboard.panels.filter(({ type }) => type === "row").map(({ title }) => title);
  assert.deepEqual(rows, ["Flow", "Queues", "Dead letters and drops", "Files", "Detection", "Response", "Process"]);
  assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length, "ids are unique");
  const shown = new Set<string>();
  for (const { title, type, datasource, targets = [], gridPos } of dashboard.panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    if (type === "row") continue;
    assert.equal(datasource?.uid, "${datasource}", title);
    assert.ok(targets.length > 0, title);
    for (const { expr, legendFormat } of targets) {
      // Grafana puts a time there.
      const plain = expr.replaceAll("$__rate_interval", "5m");
      assert.deepEqual(mistakesIn(plain), [], title);
      const { selectors, groupings } = readPromql(plain);
      for (const { name } of selectors) shown.add(name.replace(/_bucket$/, ""));
      const given = new Set([
        ...FOREIGN_LABELS,
        ...groupings,
        ...selectors.flatMap(({ name }) => documented.get(name)?.labels ?? []),
      ]);
      for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        assert.ok(given.has(label), `${title}: ${label}`);
    }
  }
  const hidden = [...documented.keys()].filter((name) => !shown.has(name));
  assert.deepEqual(hidden, ["target_info", "otelcol_processor_memory_limiter_accepted_log_records"]);
  for (const { query } of dashboard.templating.list) {
    const [, metric] = /label_values\((\w+)/.exec(JSON.stringify(query)) ?? [];
    assert.ok(metric === undefined || documented.has(metric), metric);
  }
});
