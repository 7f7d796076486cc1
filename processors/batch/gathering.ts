import type { LogBatch } from "#core/batch.ts";
import { concatBatches } from "#core/concat-batches.ts";
import type { Consumer } from "#core/consumer.ts";
import { RetryableError } from "#core/errors.ts";

interface Waiting {
  readonly batch: LogBatch;
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Hands on a batch at once when nothing is under way, and otherwise gathers what comes and hands it on together. Whoever
 * gave a batch learns what became of it: resolved when it is safe, rejected when it is theirs to send again.
 */
export class Gathering {
  readonly #next: Consumer;
  readonly #maxRecords: number;
  readonly #waiting: Waiting[] = [];
  #busy = false;

  constructor(next: Consumer, maxRecords: number) {
    this.#next = next;
    this.#maxRecords = maxRecords;
  }

  consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, signal, resolve, reject });
      if (!this.#busy) void this.#run();
    });
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const group = this.#group();
      // Each giver's own signal counts for the group: a batch that is taken back must not be touched any more.
      const signal = AbortSignal.any(group.map((one) => one.signal));
      try {
        for (const batch of concatBatches(group.map((one) => one.batch))) await this.#next.consume(batch, signal);
        for (const { resolve } of group) resolve();
      } catch (error) {
        const beside = new RetryableError("another source took its batch back", { code: "batch_taken_back" });
        for (const one of group) one.reject(one.signal.aborted ? one.signal.reason : signal.aborted ? beside : error);
      }
    }
    this.#busy = false;
  }

  /** What goes together now; at least one. Those that were taken back meanwhile are answered and left out. */
  #group(): Waiting[] {
    const group: Waiting[] = [];
    let records = 0;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (group.length > 0 && this.#maxRecords > 0 && records + next.batch.size > this.#maxRecords) break;
      this.#waiting.shift();
      if (next.signal.aborted) next.reject(next.signal.reason);
      else {
        group.push(next);
        records += next.batch.size;
      }
    }
    return group;
  }
}
