import assert from "node:assert/strict";
import { test } from "node:test";
import { recordingLogger } from "#test/support/fake-context.ts";
import { systemClock } from "../clock.ts";
import { telemetryConfig } from "../config/telemetry-schema.ts";
import { ComponentMeter } from "./component-meter.ts";
import { OwnMetrics } from "./metrics.ts";

function ownMetrics(): OwnMetrics {
  const world = { clock: systemClock, log: recordingLogger().log };
  return new OwnMetrics(telemetryConfig.parse({ metrics: { level: "none" } }), world);
}

/** Series of a name, labels and value. */
async function series(metrics: OwnMetrics, name: string): Promise<string[]> {
  return (await metrics.text()).split("\n").filter((line) => line.startsWith(name));
}

test("what a component observes shows only while it runs; its counters stay", async () => {
  const metrics = ownMetrics();
  const meter = new ComponentMeter(metrics.meter(), {});
  meter.createObservableGauge("depth").addCallback((result) => result.observe(1, { exporter: "a" }));
  const [first, second] = [meter.createObservableGauge("lag_bytes"), meter.createObservableGauge("lag_seconds")];
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(first, 10, { file: "x" });
      result.observe(second, 20, { file: "x" });
    },
    [first, second],
  );
  meter.createCounter("sent").add(5);
  assert.deepEqual(await series(metrics, "depth"), [], "it was only built");
  meter.attach();
  assert.deepEqual(await series(metrics, "depth"), ['depth{exporter="a"} 1']);
  assert.deepEqual(await series(metrics, "lag"), ['lag_bytes{file="x"} 10', 'lag_seconds{file="x"} 20']);
  meter.detach();
  assert.deepEqual([...(await series(metrics, "depth")), ...(await series(metrics, "lag"))], []);
  assert.deepEqual(await series(metrics, "sent"), ["sent 5"]);
});

test("two instances of one processor do not overwrite each other", async () => {
  const metrics = ownMetrics();
  for (const [pipeline, groups] of [
    ["logs/a", 1],
    ["logs/b", 2],
  ] as const) {
    const meter = new ComponentMeter(metrics.meter(), { "otelcol.pipeline.id": pipeline });
    meter.attach();
    meter.createObservableGauge("groups").addCallback((result) => result.observe(groups, { processor: "detect" }));
  }
  assert.deepEqual(await series(metrics, "groups"), [
    'groups{otelcol_pipeline_id="logs/a",processor="detect"} 1',
    'groups{otelcol_pipeline_id="logs/b",processor="detect"} 2',
  ]);
});

test("a callback that was taken away is not asked again", async () => {
  const metrics = ownMetrics();
  const meter = new ComponentMeter(metrics.meter(), {});
  meter.attach();
  const gauge = meter.createObservableGauge("depth");
  const callback = (result: { observe(value: number): void }): void => result.observe(1);
  gauge.addCallback(callback);
  gauge.removeCallback(callback);
  assert.deepEqual(await series(metrics, "depth"), []);
});
