import assert from "node:assert/strict";
import { join } from "node:path";
import * as z from "zod";
import type { LogBatch } from "#core/batch.ts";
import type { Clock } from "#core/context.ts";
import { RetryableError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import type { StorageExtension } from "#core/storage.ts";
import { retryConfig, type Send, timeoutConfig } from "#kit/deliver.ts";
import { createSender, type Sender } from "#kit/sender.ts";
import { sendingQueueConfig } from "#kit/sending-queue-config.ts";
import { type FakeContext, fakeContext } from "./fake-context.ts";
import { systemClock } from "./system-clock.ts";
import type { TempDir } from "./temp-dir.ts";

const schema = z.strictObject({
  sending_queue: sendingQueueConfig,
  retry_on_failure: retryConfig,
  timeout: timeoutConfig,
});
const FAST = { initial_interval: "5ms", max_interval: "10ms" };
export const DURABLE = { storage: "file_storage", min_free_bytes: 0 };
export const SIGNAL = new AbortController().signal;

export const batchOf = (...bodies: string[]): LogBatch =>
  new ObjectBatch(
    { attributes: {} },
    bodies.map((body) => ({ observedTimeUnixNano: 1n, body })),
  );
export const bodiesOf = (batches: readonly LogBatch[]): unknown[] =>
  batches.flatMap((batch) => Array.from(batch, ({ body }) => body));

/** An other side that the test opens and shuts. */
export function gatedSink() {
  const taken: LogBatch[] = [];
  let away = false;
  let opening = Promise.withResolvers<void>();
  opening.resolve();
  const watchers = new Set<() => void>();
  const send: Send = async (batch, signal) => {
    if (away) throw new RetryableError("away", { code: "away" });
    const stop = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => stop.reject(signal.reason as Error));
    await Promise.race([opening.promise, stop.promise]);
    taken.push(batch);
    for (const wake of watchers) wake();
    return {};
  };
  return {
    send,
    taken,
    away: (value: boolean) => (away = value),
    hold: () => (opening = Promise.withResolvers<void>()),
    open: () => opening.resolve(),
    async until(count: number) {
      while (bodiesOf(taken).length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        watchers.add(resolve);
        await promise;
        watchers.delete(resolve);
      }
    },
  };
}

function storageIn(dir: TempDir): StorageExtension {
  return {
    storage: () => assert.fail("no small state is kept"),
    directory: (id) => join(dir.path, id),
  };
}

/** A sender as an exporter with this `sending_queue` makes it; with a folder, `file_storage` keeps its queue there. */
export function senderWith(
  send: Send,
  queue: object | undefined,
  dir?: TempDir,
  clock: Clock = systemClock,
): { sender: Sender; context: FakeContext } {
  const context = fakeContext({
    id: "out",
    clock,
    ...(dir === undefined ? {} : { extensions: { file_storage: storageIn(dir) } }),
  });
  const config = schema.parse({ retry_on_failure: FAST, ...(queue === undefined ? {} : { sending_queue: queue }) });
  return { sender: createSender(send, context, config), context };
}

export async function settledWithin(promise: Promise<unknown>, turns = 20): Promise<boolean> {
  let settled = false;
  const note = (): void => void (settled = true);
  promise.then(note, note);
  for (let i = 0; i < turns && !settled; i++) await new Promise(setImmediate);
  return settled;
}
