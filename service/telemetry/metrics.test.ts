import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { recordingLogger } from "#test/support/fake-context.ts";
import { freePorts } from "#test/support/free-port.ts";
import { startHttp } from "#test/support/start-http.ts";
import { systemClock } from "../clock.ts";
import { telemetryConfig } from "../config/telemetry-schema.ts";
import { measureEventLoop } from "./event-loop-delay.ts";
import { OwnMetrics } from "./metrics.ts";
import { observeProcess } from "./process-metrics.ts";

/** Own metrics as `telemetry` configures them, started, with one counter at 3. */
async function started(telemetry: object) {
  const { log, lines } = recordingLogger();
  const metrics = new OwnMetrics(telemetryConfig.parse(telemetry), { clock: systemClock, log });
  metrics.meter().createCounter("some_counter", { description: "What\nis \\ counted." }).add(3, { receiver: 'a"b' });
  await metrics.start();
  return { metrics, lines };
}

const periodic = (url: string, more: object = {}, interval: number | string = 20) => ({
  periodic: { interval, exporter: { otlp_http: { endpoint: url, ...more } } },
});
const soon = (): AbortSignal => AbortSignal.timeout(5000);

test("a receiver of metrics that is away is told of once, and the end does not wait for it", async () => {
  await using server = await startHttp(() => "hang");
  const { metrics, lines } = await started({ metrics: { readers: [periodic(server.url)] } });
  await server.untilRequests(1);
  while (lines.length === 0) await setImmediate();
  const begin = performance.now();
  await metrics.shutdown(AbortSignal.timeout(50));
  assert.ok(performance.now() - begin < 5000, "the end waited");
  assert.deepEqual(
    lines.map(({ sentence }) => sentence),
    ["own metrics cannot be sent, going on without it"],
  );
});

test("metrics are sent at intervals and once more at the end, with the resource", async () => {
  await using server = await startHttp([{ status: 200 }]);
  const { metrics, lines } = await started({
    metrics: { readers: [periodic(server.url, { headers: { authorization: "Bearer t" } }, "2s")] },
    resource: { "service.name": "watch-1" },
  });
  await server.untilRequests(1);
  metrics.meter().createCounter("counted_last").add(1);
  await metrics.shutdown(soon());
  const [first] = server.requests;
  assert.equal(first?.url, "/v1/metrics");
  assert.equal(first.headers["authorization"], "Bearer t");
  for (const part of ["some_counter", "service.name", "watch-1"]) assert.ok(first.body.includes(part), part);
  assert.ok(server.requests.at(-1)?.body.includes("counted_last"));
  assert.deepEqual(lines, []);
});

test("pages of two readers say the same, whoever asks and how often, and only one that wants it has the resource as labels", async () => {
  const [plain = 0, labelled = 0] = await freePorts(2);
  const pull = (port: number, more: object = {}) => ({
    pull: { exporter: { prometheus: { host: "127.0.0.1", port, ...more } } },
  });
  const { metrics } = await started({
    metrics: {
      readers: [
        pull(plain),
        pull(labelled, { with_resource_constant_labels: { included: ["service.name", "zone"], excluded: ["zone"] } }),
      ],
    },
    resource: {
      attributes: [
        { name: "zone", value: 7 },
        { name: "service.instance.id", value: null },
      ],
    },
  });
  const gauge = metrics.meter().createObservableGauge("some_gauge");
  let files = ["a", "b"];
  gauge.addCallback((result) => {
    for (const file of files) result.observe(1, { file });
  });
  const read = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  try {
    await read(plain);
    await read(plain);
    const text = await read(labelled);
    assert.match(text, /^target_info\{service_name="tidewatch",service_version="[^"]+",zone="7"\} 1$/m);
    assert.match(text, /^some_counter\{service_name="tidewatch",receiver="a\\"b"\} 3$/m);
    assert.match(text, /^# HELP some_counter What is \\\\ counted\.$/m);
    assert.match(text, /^# TYPE some_counter counter$/m);
    assert.match(await read(plain), /^some_counter\{receiver="a\\"b"\} 3$/m);
    assert.match(text, /some_gauge\{service_name="tidewatch",file="b"\} 1/);
    files = ["a"];
    for (const port of [plain, labelled]) {
      const later = await read(port);
      assert.ok(later.includes('file="a"') && !later.includes('file="b"'), "what is gone leaves no series");
    }
  } finally {
    await metrics.shutdown(soon());
  }
});

test("a port in use names the setting", async () => {
  await using taken = await startHttp([{ status: 200 }]);
  const readers = [{ pull: { exporter: { prometheus: { host: "127.0.0.1", port: taken.port } } } }];
  await assert.rejects(started({ metrics: { readers } }), {
    code: "listen_address",
    message: /set service::telemetry::metrics::readers::0::pull::exporter::prometheus::port to another address/,
  });
});

test("level none tells nothing", async () => {
  await using server = await startHttp([{ status: 200 }]);
  const none = await started({ metrics: { level: "none", readers: [periodic(server.url)] } });
  await none.metrics.shutdown(soon());
  assert.equal(server.requests.length, 0);
});

test("of two who ask at once each gets everything that is observed", async () => {
  const { metrics } = await started({ metrics: { level: "none" } });
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let asked = 0;
  metrics
    .meter()
    .createObservableGauge("at_once")
    .addCallback((result) => result.observe(1));
  metrics
    .meter()
    .createObservableGauge("takes_time")
    .addCallback(async (result) => {
      await answers[asked++]?.promise;
      result.observe(1);
    });
  const both = [metrics.text(), metrics.text()];
  await setImmediate();
  answers[0]?.resolve();
  await both[0];
  answers[1]?.resolve();
  for (const text of await Promise.all(both)) {
    assert.match(text, /^at_once 1$/m);
    assert.match(text, /^takes_time 1$/m);
  }
});

test("the process tells its resources under the collector's names", async () => {
  const { metrics } = await started({ metrics: { level: "none" } });
  observeProcess(metrics.meter(), 1234);
  const end = measureEventLoop(metrics.meter());
  const values = async (): Promise<Map<string, number>> =>
    new Map(
      (await metrics.text())
        .split("\n")
        .filter((line) => !line.startsWith("#") && line !== "")
        .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
    );
  const blocked = performance.now() + 300;
  while ((await values()).get('tidewatch_process_event_loop_delay_seconds_bucket{le="0.1"}') === undefined) {
    await setImmediate();
    while (performance.now() < blocked);
  }
  end();
  const seen = await values();
  const atLeast = (name: string, least: number): void => assert.ok((seen.get(name) ?? Number.NaN) >= least, name);
  atLeast("otelcol_process_uptime", 0.1);
  atLeast("otelcol_process_cpu_seconds", 0.1);
  atLeast("otelcol_process_memory_rss", 20e6);
  atLeast("otelcol_process_runtime_heap_alloc_bytes", 2e6);
  atLeast("otelcol_process_runtime_total_sys_memory_bytes", 4e6);
  assert.equal(seen.get("tidewatch_process_memory_limit_bytes"), 1234);
  const late =
    (seen.get("tidewatch_process_event_loop_delay_seconds_count") ?? 0) -
    (seen.get('tidewatch_process_event_loop_delay_seconds_bucket{le="0.1"}') ?? 0);
  assert.ok(late >= 1, "a loop that was busy for 0.3 s had no late timer");
  await metrics.shutdown(soon());
});
