import { createRequire } from "node:module";

interface RequestQueue {
  readonly pending: { readonly length: number };
  scheduleCheckPendingRequests(): void;
}

let done = false;

/**
 * kafkajs 2.2.4 looks every millisecond, on every connection, for requests that a broker has slowed down, even if there
 * are none: 4 % of a processor core while nothing happens, and a TimeoutNegativeWarning on Node 24 (its issue 1751).
 * Whoever puts a request into that queue calls the method again, so that an empty queue needs no timer.
 */
export function stopIdlePolling(): void {
  if (done) return;
  done = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require("kafkajs/src/network/requestQueue") as { readonly prototype: RequestQueue };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
