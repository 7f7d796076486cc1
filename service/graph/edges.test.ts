import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryableError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { deliver, retryConfig, type Send } from "#kit/deliver.ts";
import { failingConsumer, recordingConsumer } from "#test/support/fake-consumers.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { readableMeter } from "#test/support/read-metrics.ts";
import { systemClock } from "../clock.ts";
import { EdgeCounters, exporterEdge, receiverEdge } from "./edges.ts";

const BATCH = new ObjectBatch({ attributes: {} }, [{ body: "a" }, { body: "b" }, { body: "c" }]);
const SIGNAL = new AbortController().signal;

const ACCEPTED = 'otelcol_receiver_accepted_log_records{receiver="otlp",transport="grpc"}';
const REFUSED = 'otelcol_receiver_refused_log_records{receiver="otlp",transport="grpc"}';
const FAILED = 'otelcol_exporter_send_failed_log_records{exporter="kafka"}';
const SENT = 'otelcol_exporter_sent_log_records{exporter="kafka"}';

test("what a receiver has to send again is refused, what was set aside is accepted", async () => {
  const { meter, read } = readableMeter();
  const counters = new EdgeCounters(meter);
  const context = fakeContext({ id: "otlp" });
  const edge = (error: Error) => receiverEdge(failingConsumer(error), context, counters, () => "grpc");
  await assert.rejects(edge(new RetryableError("full")).consume(BATCH, SIGNAL));
  assert.deepEqual([(await read()).get(ACCEPTED), (await read()).get(REFUSED)], [undefined, 3]);
  await edge(new TypeError("a bug")).consume(BATCH, SIGNAL);
  assert.equal(context.rejected.length, 1);
  assert.deepEqual([(await read()).get(ACCEPTED), (await read()).get(REFUSED)], [3, 3]);
});

test("series of a receiver and an exporter begin at zero when they have started", async () => {
  const { meter, read } = readableMeter();
  const counters = new EdgeCounters(meter);
  counters.announce({ kind: "receiver", id: "otlp", pipeline: undefined }, { transport: "grpc" });
  counters.announce({ kind: "exporter", id: "kafka", pipeline: undefined }, {});
  counters.announce({ kind: "processor", id: "filter", pipeline: "logs" }, {});
  const series = await read();
  assert.deepEqual([series.get(ACCEPTED), series.get(SENT), series.get(FAILED)], [0, 0, 0]);
});

test("each failed attempt counts its records, by the exporter itself when it retries", async () => {
  const { meter, read } = readableMeter();
  const counters = new EdgeCounters(meter);
  const context = { ...fakeContext({ id: "kafka", clock: systemClock }), meter };
  const outcomes: (() => ReturnType<Send>)[] = [
    () => Promise.reject(new RetryableError("away")),
    () => Promise.resolve({ unsent: [0, 2] }),
    () => Promise.resolve({}),
  ];
  const send: Send = () => outcomes.shift()?.() ?? assert.fail("sent once too often");
  const config = { retry_on_failure: retryConfig.parse({ initial_interval: "1ms" }), timeout: 1000 };
  const exporter = { ...deliver(send, context, config), countsSent: true };
  await exporterEdge(exporter, "kafka", counters).consume(BATCH, SIGNAL);
  assert.deepEqual([(await read()).get(SENT), (await read()).get(FAILED)], [3, 5]);
});

test("an exporter that does not count is counted for", async () => {
  const { meter, read } = readableMeter();
  const counters = new EdgeCounters(meter);
  await exporterEdge(recordingConsumer(), "kafka", counters).consume(BATCH, SIGNAL);
  await assert.rejects(exporterEdge(failingConsumer(new Error("no")), "kafka", counters).consume(BATCH, SIGNAL));
  assert.deepEqual([(await read()).get(SENT), (await read()).get(FAILED)], [3, 3]);
});
