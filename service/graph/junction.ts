import type { LogBatch } from "#core/batch.ts";
import type { Consumer } from "#core/consumer.ts";
import { RetryableError } from "#core/errors.ts";

/** A joint between two parts of a pipeline that can be given another target while both run. */
export class Junction implements Consumer {
  /** Where records go; set before the part above is started. */
  target: Consumer = NOWHERE;

  consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    return this.target.consume(batch, signal);
  }
}

const NOWHERE: Consumer = {
  consume: () => Promise.reject(new RetryableError("the pipeline is not joined yet", { code: "not_joined" })),
};

/** The joint behind a receiver: it can be closed for a while, so that what is below can be exchanged. */
export class Gate implements Consumer {
  readonly junction = new Junction();
  readonly #underWay = new Set<Promise<void>>();
  #opening: PromiseWithResolvers<void> | undefined;
  /** Aborts what is under way. */
  #abort = new AbortController();

  async consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    while (this.#opening !== undefined) await untilOpen(this.#opening.promise, signal);
    const passing = this.#pass(batch, signal);
    this.#underWay.add(passing);
    try {
      await passing;
    } finally {
      this.#underWay.delete(passing);
    }
  }

  /** From here on records wait. Idempotent. */
  close(): void {
    this.#opening ??= Promise.withResolvers<void>();
  }

  open(): void {
    this.#opening?.resolve();
    this.#opening = undefined;
  }

  /** Resolves once nothing is under way. What still is when `patience` aborts goes back to the receiver, to be sent again. */
  async drained(patience: AbortSignal): Promise<void> {
    const giveUp = (): void =>
      this.#abort.abort(new RetryableError("the pipeline is being exchanged", { code: "reloading" }));
    patience.addEventListener("abort", giveUp);
    if (patience.aborted) giveUp();
    await Promise.allSettled(this.#underWay);
    patience.removeEventListener("abort", giveUp);
    this.#abort = new AbortController();
  }

  async #pass(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const { signal: exchange } = this.#abort;
    try {
      await this.junction.consume(batch, AbortSignal.any([signal, exchange]));
    } catch (error) {
      throw exchange.aborted && !signal.aborted ? exchange.reason : error;
    }
  }
}

/** @throws the signal's reason when it aborts before. */
async function untilOpen(opening: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener("abort", stop);
  try {
    signal.throwIfAborted();
    await Promise.race([opening, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
