import type { LogBatch } from "#core/batch.ts";
import type { Consumer } from "#core/consumer.ts";
import type { LogRecord } from "#core/record.ts";

export interface RecordingConsumer extends Consumer {
  /** Everything that was consumed, oldest first. */
  readonly batches: readonly LogBatch[];
  /** The records of all batches in order. Stale as soon as the sender uses their bytes again. */
  readonly records: readonly LogRecord[];
  /** Resolves once at least this many records have arrived. */
  untilRecords(count: number): Promise<void>;
}

/** Takes every batch at once and remembers it. */
export function recordingConsumer(): RecordingConsumer {
  const batches: LogBatch[] = [];
  const waiting = new Set<() => void>();
  const size = (): number => batches.reduce((sum, batch) => sum + batch.size, 0);
  return {
    batches,
    get records() {
      return batches.flatMap((batch) => [...batch]);
    },
    consume(batch) {
      batches.push(batch);
      for (const wake of waiting) wake();
      waiting.clear();
      return Promise.resolve();
    },
    async untilRecords(count) {
      while (size() < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
      }
    },
  };
}

export interface FailingConsumer extends RecordingConsumer {
  /** Calls so far, failed ones too. */
  readonly calls: number;
}

/** Rejects the first `failures` batches with `error`, then takes them. */
export function failingConsumer(error: Error, failures = Number.POSITIVE_INFINITY): FailingConsumer {
  const taken = recordingConsumer();
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    batches: taken.batches,
    get records() {
      return taken.records;
    },
    untilRecords: (count) => taken.untilRecords(count),
    consume: (batch, signal) => (++calls <= failures ? Promise.reject(error) : taken.consume(batch, signal)),
  };
}
