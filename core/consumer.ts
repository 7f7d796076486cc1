import type { LogBatch } from "./batch.ts";

/**
 * The one edge of the graph. Resolves once the batch is SAFE: delivered, durably queued, dead-lettered, or dropped on
 * purpose and counted. Rejects while the caller still owns the batch and must send it again later; a caller that is
 * told to stop by `signal` keeps the batch unacknowledged.
 *
 * The batch is the consumer's to read until the promise settles; its bytes may be reused after that, so whatever is
 * kept longer is copied. A consumer that goes on after `signal` aborted must not touch the batch any more.
 */
export interface Consumer {
  consume(batch: LogBatch, signal: AbortSignal): Promise<void>;
}
