import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { EMPTY_RESOURCE } from "#core/attributes.ts";
import { PermanentError, RetryableError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import type { LogBatch } from "#core/batch.ts";
import type { OutgoingMessage } from "./messages.ts";
import type { KafkaProducer } from "./producer.ts";
import { createSend } from "./send.ts";

const NEVER = new AbortController().signal;

/** A batch whose records have bodies of these sizes. */
function batchOf(...sizes: readonly number[]): LogBatch {
  return new ObjectBatch(
    EMPTY_RESOURCE,
    sizes.map((size) => ({ body: "x".repeat(size) })),
  );
}

function toMessages(batch: LogBatch): OutgoingMessage[] {
  return Array.from(batch, ({ body }, index) => {
    const value = Buffer.from(String(body));
    return { index, key: null, value, timestamp: "0", sizeBytes: value.length };
  });
}

/** A producer that remembers the indexes of each request and fails as `fault` says. */
function producerWith(fault: (indexes: readonly number[]) => Error | undefined) {
  const requests: number[][] = [];
  const producer: KafkaProducer = {
    send(messages) {
      const indexes = messages.map(({ index }) => index);
      requests.push(indexes);
      const error = fault(indexes);
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    },
    close: () => Promise.resolve(),
  };
  return { requests, send: createSend(() => producer, toMessages, 100) };
}

const PERMANENT = new PermanentError("MESSAGE_TOO_LARGE");

test("a batch goes out in requests that stay below the limit, in order", async () => {
  const { requests, send } = producerWith(() => undefined);
  assert.deepEqual(await send(batchOf(40, 40, 40, 100, 10, 90, 1), NEVER), { refused: [] });
  assert.deepEqual(requests, [[0, 1], [2], [3], [4, 5], [6]]);
});

test("a record above the limit is refused and the others go", async () => {
  const { requests, send } = producerWith(() => undefined);
  const { refused, unsent } = await send(batchOf(10, 101, 10), NEVER);
  assert.equal(unsent, undefined);
  assert.deepEqual(
    refused?.map(({ index, reason }) => [index, reason.code]),
    [[1, "kafka_too_large"]],
  );
  assert.deepEqual(requests, [[0, 2]]);
});

test("a request that Kafka refuses is halved until the one message at fault stands alone", async () => {
  const { requests, send } = producerWith((indexes) => (indexes.includes(2) ? PERMANENT : undefined));
  const { refused } = await send(batchOf(1, 1, 1, 1), NEVER);
  assert.deepEqual(refused, [{ index: 2, reason: PERMANENT }]);
  assert.deepEqual(requests, [[0, 1, 2, 3], [0, 1], [2, 3], [2], [3]]);
});

test("when the first request fails, the whole batch fails with the reason", async () => {
  const away = new RetryableError("away", { retryAfterMs: 5 });
  const { send } = producerWith(() => away);
  await assert.rejects(send(batchOf(90, 90), NEVER), away);
});

test("when a later request fails, only what was not sent is reported as unsent", async () => {
  const { send } = producerWith((indexes) => (indexes.includes(2) ? new RetryableError("away") : undefined));
  const report = await send(batchOf(60, 200, 60, 60), NEVER);
  assert.deepEqual(report.unsent, [2, 3]);
  assert.deepEqual(
    report.refused?.map(({ index }) => index),
    [1],
  );
});

test("a batch waits for the one before it, and does not share its failure", async () => {
  const gate = Promise.withResolvers<void>();
  const started: number[] = [];
  const producer: KafkaProducer = {
    async send(messages) {
      started.push(messages.length);
      if (started.length === 1) await gate.promise;
    },
    close: () => Promise.resolve(),
  };
  const send = createSend(() => producer, toMessages, 100);
  const first = send(batchOf(1), NEVER);
  const second = send(batchOf(1, 1), NEVER);
  await setImmediate();
  assert.deepEqual(started, [1]);
  gate.reject(new RetryableError("away"));
  await assert.rejects(first, /away/);
  assert.deepEqual(await second, { refused: [] });
  assert.deepEqual(started, [1, 2]);
});

test("an abort ends the wait at once, and a batch whose turn had not come is never read", async () => {
  const gate = Promise.withResolvers<void>();
  const read: number[] = [];
  const spy = (batch: LogBatch): OutgoingMessage[] => {
    read.push(batch.size);
    return toMessages(batch);
  };
  const producer: KafkaProducer = { send: () => gate.promise, close: () => Promise.resolve() };
  const send = createSend(() => producer, spy, 100);
  const stop = new AbortController();
  const waiting = [send(batchOf(1), stop.signal), send(batchOf(1, 1), stop.signal)];
  await setImmediate();
  stop.abort();
  for (const outcome of await Promise.allSettled(waiting)) assert.equal(outcome.status, "rejected");
  gate.resolve();
  await send(batchOf(1, 1, 1), NEVER);
  assert.deepEqual(read, [1, 3]);
});
