import type { LogBatch } from "#core/batch.ts";
import type { Consumer } from "#core/consumer.ts";

/** What a test keeps of a record: copies, because the sender uses the bytes again. */
interface CollectedLine {
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface LineCollector extends Consumer {
  readonly lines: readonly CollectedLine[];
  readonly bodies: readonly string[];
  /** Resolves once this many lines are there. */
  until(count: number): Promise<void>;
  /** Resolves once a line with this body is there. */
  untilBody(body: string): Promise<void>;
  /** Until it is taken back, consume does not settle. */
  hold(): () => void;
}

/** Takes every batch and copies what is in it. */
export function lineCollector(): LineCollector {
  const lines: CollectedLine[] = [];
  const watchers = new Set<() => void>();
  let held: Promise<void> = Promise.resolve();
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      watchers.add(resolve);
      await promise;
    }
  };
  return {
    lines,
    get bodies() {
      return lines.map(({ body }) => body);
    },
    until: (count) => until(() => lines.length >= count),
    untilBody: (body) => until(() => lines.some((line) => line.body === body)),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    async consume(batch: LogBatch) {
      for (const record of batch) lines.push({ body: String(record.body), attributes: { ...record.attributes } });
      for (const wake of watchers) wake();
      watchers.clear();
      await held;
    },
  };
}
