import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { stopIdlePolling } from "./stop-idle-polling.ts";

interface Queue {
  readonly pending: unknown[];
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

const RequestQueue = createRequire(import.meta.url)("kafkajs/src/network/requestQueue") as new (
  options: object,
) => Queue;

test("the client sets a timer for requests that wait, and none for an empty queue", () => {
  stopIdlePolling();
  stopIdlePolling();
  const queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 1000,
    enforceRequestTimeout: false,
    clientId: "test",
    broker: "test",
    logger: { debug: () => {} },
  });
  queue.scheduleCheckPendingRequests();
  assert.equal(queue.throttleCheckTimeoutId, null);
  queue.pending.push({});
  queue.scheduleCheckPendingRequests();
  assert.notEqual(queue.throttleCheckTimeoutId, null);
  queue.destroy();
});
