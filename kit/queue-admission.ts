import type { Counter } from "@opentelemetry/api";
import type { Context } from "#core/context.ts";
import { RetryableError } from "#core/errors.ts";

interface Limits {
  /** In units of the caller. */
  readonly capacity: number;
  readonly block: boolean;
  /** What is in the queue besides those that entered and did not leave yet; call `changed` when it is less than before. */
  readonly held?: () => number;
}

interface Waiting {
  readonly amount: number;
  enter(): void;
}

/** Counts what is in a queue and lets the next in, in order, once there is room. Something always fits into an empty queue. */
export class QueueAdmission {
  readonly #limits: Limits;
  readonly #waiting: Waiting[] = [];
  #entered = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get capacity(): number {
    return this.#limits.capacity;
  }

  get size(): number {
    return this.#entered + (this.#limits.held?.() ?? 0);
  }

  /**
   * Resolves once `amount` has its place. @throws RetryableError `queue_full` at once when full and not blocking; the
   * signal's reason when it aborts first.
   */
  async enter(amount: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#fits(amount)) {
      this.#entered += amount;
      return;
    }
    if (!this.#limits.block) throw new RetryableError("the sending queue is full", { code: "queue_full" });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { amount, enter: resolve };
    const leave = (): void => {
      const at = this.#waiting.indexOf(waiting);
      // It was let in a moment ago; those behind it keep their places.
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      reject(signal.reason as Error);
      this.changed();
    };
    this.#waiting.push(waiting);
    signal.addEventListener("abort", leave);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  leave(amount: number): void {
    this.#entered -= amount;
    this.changed();
  }

  /** There may be more room than before. */
  changed(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.amount); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#entered += next.amount;
      next.enter();
    }
  }

  #fits(amount: number): boolean {
    return this.size === 0 || this.size + amount <= this.#limits.capacity;
  }
}

/** Descriptions of the gauges that queues in memory and on the disk share. */
export const QUEUE_SIZE =
  "What the sending queue holds: in units of `sizer`; on the disk in bytes, unless `queue_size` bounds it.";
export const QUEUE_CAPACITY = "What the queue may hold, in the same unit.";

export function refusedCounter({ meter }: Pick<Context, "meter">): Counter {
  return meter.createCounter("otelcol_exporter_enqueue_failed_log_records", {
    description: "Records that the queue handed back.",
  });
}
