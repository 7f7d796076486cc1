import type { LogBatch } from "#core/batch.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";

/** Batches under way at once, of all files: a bound on memory. */
const MAX_IN_FLIGHT = 4;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/**
 * Hands batches on and sends each again until it is safe or the receiver stops. Of one source only one is under way: were
 * there two, the second could be taken while the first comes again, and the order of lines would be lost.
 */
export class Delivery {
  readonly #next: Consumer;
  readonly #context: Context;
  readonly #signal: AbortSignal;
  readonly #open = new Set<Promise<void>>();
  readonly #bySource = new Map<unknown, Promise<void>>();

  constructor(next: Consumer, context: Context, signal: AbortSignal) {
    this.#next = next;
    this.#context = context;
    this.#signal = signal;
  }

  /**
   * Resolves once the batch is under way, which it is when the one before it of the same source is safe. `onSafe` is
   * called once this one is safe, and never otherwise.
   */
  async send(source: unknown, batch: LogBatch, onSafe: () => void): Promise<void> {
    await this.#bySource.get(source);
    while (this.#open.size >= MAX_IN_FLIGHT) await Promise.race(this.#open);
    const delivery = this.#deliver(batch, onSafe).finally(() => {
      this.#open.delete(delivery);
      if (this.#bySource.get(source) === delivery) this.#bySource.delete(source);
    });
    this.#open.add(delivery);
    this.#bySource.set(source, delivery);
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Never rejects. */
  async #deliver(batch: LogBatch, onSafe: () => void): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#signal.aborted) {
      try {
        await this.#next.consume(batch, this.#signal);
        onSafe();
        return;
      } catch (error) {
        if (this.#signal.aborted) return;
        this.#context.log.warn({ error, records: batch.size }, "batch was not taken, will send it again");
        await this.#context.clock.sleep(pauseMs, this.#signal);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }
}
