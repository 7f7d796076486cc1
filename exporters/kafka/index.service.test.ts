import assert from "node:assert/strict";
import { test } from "node:test";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import { EMPTY_RESOURCE } from "#core/attributes.ts";
import type { Exporter } from "#core/component.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { type FakeContext, fakeContext } from "#test/support/fake-context.ts";
import { type KafkaBroker, startKafka } from "#test/support/kafka.ts";
import { partitionsOf } from "#test/support/partitions.ts";
import { requireService } from "#test/support/require-service.ts";
import { systemClock } from "#test/support/system-clock.ts";
import { kafkaExporter } from "./index.ts";

const NEVER = new AbortController().signal;

test("kafka exporter against a real broker", async (t) => {
  if (!requireService(t, "kafka") || !requireService(t, "openssl")) return;
  await using broker = await startKafka();
  const { ca, client } = broker.certificates;
  const tls = { ca_file: ca };
  const scram = { mechanism: "SCRAM-SHA-512", username: "alice", password: "alice-secret" };

  const WAYS: [name: string, settings: object][] = [
    ["plaintext", { brokers: [broker.plaintext] }],
    ["gzip", { brokers: [broker.plaintext], producer: { compression: "gzip" } }],
    ["zstd", { brokers: [broker.plaintext], producer: { compression: "zstd" } }],
    ["SASL_SSL with SCRAM-SHA-512", { brokers: [broker.saslSsl], tls, auth: { sasl: scram } }],
    [
      "SASL_SSL with SCRAM-SHA-256",
      { brokers: [broker.saslSsl], tls, auth: { sasl: { ...scram, mechanism: "SCRAM-SHA-256" } } },
    ],
    [
      "SASL_SSL with PLAIN",
      {
        brokers: [broker.saslSsl],
        tls,
        auth: { sasl: { mechanism: "PLAIN", username: "bob", password: "bob-secret" } },
      },
    ],
    [
      "SSL with a client certificate",
      { brokers: [broker.ssl], tls: { ...tls, cert_file: client.cert, key_file: client.key } },
    ],
  ];

  for (const [i, [name, settings]] of WAYS.entries()) {
    await t.test(`records arrive whole and in order: ${name}`, async () => {
      const topic = `way-${i}`;
      await broker.createTopic(topic);
      await using exporter = await started({ ...settings, topic, encoding: "raw" });
      await exporter.consume(batchOf("one", "two\u0000", "три"), NEVER);
      await exporter.consume(batchOf("four"), NEVER);
      assert.deepEqual(await valuesOf(broker, topic, 4), ["one", "two\u0000", "три", "four"]);
    });
  }

  const REFUSALS: [name: string, settings: object, reason: RegExp][] = [
    [
      "a wrong password",
      { brokers: [broker.saslSsl], tls, auth: { sasl: { ...scram, password: "wrong" } } },
      /Authentication failed/,
    ],
    ["an unknown authority", { brokers: [broker.saslSsl], tls: {}, auth: { sasl: scram } }, /certificate/],
    ["no client certificate", { brokers: [broker.ssl], tls }, /./],
    ["a topic that is not there", { brokers: [broker.plaintext], topic: "missing" }, /./],
  ];

  for (const [name, settings, reason] of REFUSALS) {
    await t.test(`${name} is an operator's mistake: said once, tried again, nothing set aside`, async () => {
      await using exporter = await started({ topic: "way-0", ...settings, retry_on_failure: FAST_RETRY });
      const stop = new AbortController();
      const consumed = exporter.consume(batchOf("x"), stop.signal);
      const line = await exporter.untilWarned();
      assert.match((line.fields.error as Error).message, reason);
      stop.abort();
      await assert.rejects(consumed);
      assert.equal(exporter.context.rejected.length, 0);
    });
  }

  await t.test("a message that the topic refuses is set aside, and its neighbours arrive", async () => {
    await broker.createTopic("small", { "max.message.bytes": "2000" });
    await using exporter = await started({ brokers: [broker.plaintext], topic: "small", encoding: "raw" });
    await exporter.consume(batchOf("first", "x".repeat(5000), "last"), NEVER);
    assert.deepEqual(new Set(await valuesOf(broker, "small", 2)), new Set(["first", "last"]));
    assert.equal(exporter.context.rejected.length, 1);
    const [{ records, reason }] = exporter.context.rejected as [FakeContext["rejected"][number]];
    assert.match(reason.message, /MESSAGE_TOO_LARGE/);
    assert.equal(String(records.at(0).body).length, 5000);
  });

  await t.test("a refusal by one partition does not hold up what another has taken already", async () => {
    await broker.createTopic("halves", { "max.message.bytes": "2000" }, 2);
    const settings = { brokers: [broker.plaintext], topic: "halves", partition_by: ["id"], encoding: "raw" };
    await using exporter = await started({ ...settings, retry_on_failure: FAST_RETRY });
    const [here, there] = keysOfTwoPartitions();
    const records = [
      { body: "one", attributes: { id: here } },
      { body: "x".repeat(5000), attributes: { id: there } },
      { body: "two", attributes: { id: here } },
    ];
    await exporter.consume(new ObjectBatch(EMPTY_RESOURCE, records), AbortSignal.timeout(20_000));
    await exporter.consume(new ObjectBatch(EMPTY_RESOURCE, [{ body: "three", attributes: { id: here } }]), NEVER);
    // What shared a request with the refused one arrives again with each half of it.
    const values = await valuesOf(broker, "halves", 6);
    assert.deepEqual(values, ["one", "two", "one", "two", "two", "three"]);
    assert.equal(exporter.context.rejected.length, 1);
  });

  await t.test("a message without a key that a compacted topic refuses is set aside", async () => {
    await broker.createTopic("compacted", { "cleanup.policy": "compact" });
    const settings = { brokers: [broker.plaintext], topic: "compacted", partition_by: ["id"], encoding: "raw" };
    await using exporter = await started(settings);
    const records = [{ body: "keyed", attributes: { id: "1" } }, { body: "bare" }];
    await exporter.consume(new ObjectBatch(EMPTY_RESOURCE, records), NEVER);
    assert.deepEqual(await valuesOf(broker, "compacted", 1), ["keyed"]);
    assert.equal(exporter.context.rejected[0]?.records.at(0).body, "bare");
  });

  await t.test("a batch larger than the broker takes at once arrives in parts", async () => {
    await broker.createTopic("large");
    await using exporter = await started({ brokers: [broker.plaintext], topic: "large", encoding: "raw" });
    const bodies = Array.from({ length: 30 }, (_, i) => String(i).padEnd(100_000, "."));
    await exporter.consume(batchOf(...bodies), NEVER);
    assert.deepEqual(await valuesOf(broker, "large", 30), bodies);
    assert.equal(exporter.context.rejected.length, 0);
  });

  await t.test("records with one key share a partition, in order", async () => {
    await broker.createTopic("keyed", {}, 4);
    const settings = { brokers: [broker.plaintext], topic: "keyed", partition_by: ["user.name"], encoding: "raw" };
    await using exporter = await started(settings);
    const records = Array.from({ length: 40 }, (_, i) => ({
      body: String(i),
      attributes: { "user.name": `u${i % 8}` },
    }));
    await exporter.consume(new ObjectBatch(EMPTY_RESOURCE, records), NEVER);
    const messages = await messagesOf(broker, "keyed", 40);
    for (let user = 0; user < 8; user++) {
      const own = messages.filter(({ key }) => key === `u${user}`);
      assert.equal(new Set(own.map(({ partition }) => partition)).size, 1);
      assert.deepEqual(
        own.map(({ value }) => Number(value)),
        [0, 1, 2, 3, 4].map((k) => user + 8 * k),
      );
    }
  });

  await t.test("what is consumed while the broker is down arrives when it is back, nothing lost", async () => {
    await broker.createTopic("restart", {}, 3);
    const settings = { brokers: [broker.plaintext], topic: "restart", encoding: "raw", retry_on_failure: FAST_RETRY };
    await using exporter = await started({ ...settings, timeout: "2s" });
    await exporter.consume(batchOf("before"), NEVER);
    await broker.stop();
    const bodies = Array.from({ length: 50 }, (_, i) => `during-${i}`);
    const consumed = exporter.consume(batchOf(...bodies), NEVER);
    await exporter.untilWarned();
    await broker.restart();
    await consumed;
    await exporter.consume(batchOf("after"), NEVER);
    const values = new Set(await valuesOf(broker, "restart", 52));
    for (const body of ["before", ...bodies, "after"]) assert.ok(values.has(body), body);
  });
});

const FAST_RETRY = { initial_interval: "50ms", max_interval: "200ms" };

type Started = Exporter & AsyncDisposable & { context: FakeContext; untilWarned: FakeContext["untilWarned"] };

async function started(settings: object): Promise<Started> {
  const context = fakeContext({ clock: systemClock });
  const exporter = kafkaExporter.prepare(settings)(context);
  await exporter.start!(NEVER);
  return {
    consume: (batch, signal) => exporter.consume(batch, signal),
    context,
    untilWarned: () => context.untilWarned(),
    [Symbol.asyncDispose]: async () => exporter.shutdown!(AbortSignal.timeout(10_000)),
  };
}

function batchOf(...bodies: readonly string[]): ObjectBatch {
  return new ObjectBatch(
    EMPTY_RESOURCE,
    bodies.map((body) => ({ body })),
  );
}

/** Two keys that Kafka's partitioner sends to different partitions of two. */
function keysOfTwoPartitions(): [string, string] {
  const partition = Partitioners.DefaultPartitioner();
  const partitionMetadata = partitionsOf(2);
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  const keyOf = (wanted: number) =>
    keys.find((key) => partition({ topic: "", partitionMetadata, message: { key, value: "" } }) === wanted);
  return [keyOf(0), keyOf(1)] as [string, string];
}

interface Received {
  readonly partition: number;
  readonly key: string | undefined;
  readonly value: string | undefined;
}

async function valuesOf(broker: KafkaBroker, topic: string, count: number): Promise<(string | undefined)[]> {
  return (await messagesOf(broker, topic, count)).map(({ value }) => value);
}

/** The first `count` messages of a topic, read from its beginning. */
async function messagesOf(broker: KafkaBroker, topic: string, count: number): Promise<Received[]> {
  const client = new Kafka({ brokers: [broker.plaintext], logLevel: logLevel.NOTHING });
  const consumer = client.consumer({ groupId: `read-${topic}`, maxWaitTimeInMs: 100 });
  const received: Received[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      async eachMessage({ partition, message }) {
        received.push({ partition, key: message.key?.toString(), value: message.value?.toString() });
        if (received.length >= count) resolve();
      },
    });
    await promise;
  } finally {
    await consumer.disconnect();
  }
  return received;
}
