import type { LogBatch } from "#core/batch.ts";
import { concatBatches } from "#core/concat-batches.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Clock } from "#core/context.ts";
import { RetryableError } from "#core/errors.ts";
import type { Sizer } from "./sizer.ts";
import { untilAborted } from "./until-aborted.ts";

export interface GatherOptions {
  readonly sizer: Sizer;
  /** Less than this waits for company; 0 = nothing waits. */
  readonly min_size: number;
  /** Most that goes together, and a larger batch goes in pieces; 0 = no limit. */
  readonly max_size: number;
  /** Milliseconds after which the first goes, however little came. */
  readonly flush_timeout: number;
  /** Groups under way at the same time. */
  readonly at_once: number;
}

interface Waiting {
  readonly batch: LogBatch;
  readonly size: number;
  readonly sinceMs: number;
  readonly signal: AbortSignal;
  /** Listens to the signal as long as it waits. */
  readonly leave: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Hands on together what came while the part below was busy, or while too little was there. Whoever gave a batch learns
 * what became of it: resolved when it is safe, rejected when it is theirs to send again.
 */
export class Gathering implements Consumer {
  readonly #next: Consumer;
  readonly #options: GatherOptions;
  readonly #clock: Pick<Clock, "monotonic" | "sleep">;
  readonly #waiting: Waiting[] = [];
  readonly #flushed = new AbortController();
  #size = 0;
  #busy = 0;
  #handed = 0;
  #timer = false;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(next: Consumer, options: GatherOptions, clock: Pick<Clock, "monotonic" | "sleep">) {
    this.#next = next;
    this.#options = options;
    this.#clock = clock;
  }

  consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const size = this.#options.sizer(batch);
    const leave = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
      this.#size -= size;
      reject(signal.reason);
      this.#serve();
    };
    const one: Waiting = { batch, size, sinceMs: this.#clock.monotonic(), signal, leave, resolve, reject };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.push(one);
    this.#size += size;
    this.#serve();
    return promise;
  }

  /** From now on nothing waits for company. */
  flush(): void {
    this.#flushed.abort();
    this.#serve();
  }

  /**
   * Resolves when one more batch would go soon: others to go with it are missing, and the part below is not busy. Throws
   * the signal's reason.
   */
  async room(signal: AbortSignal): Promise<void> {
    while (!this.#hasRoom()) {
      this.#room ??= Promise.withResolvers();
      await untilAborted(this.#room.promise, signal);
    }
    signal.throwIfAborted();
  }

  /** Batches whose givers wait for an answer. */
  get held(): number {
    return this.#waiting.length + this.#handed;
  }

  #hasRoom(): boolean {
    return this.#busy < this.#options.at_once && (this.#waiting.length === 0 || this.#size < this.#options.min_size);
  }

  #serve(): void {
    while (this.#busy < this.#options.at_once && this.#waiting.length > 0 && this.#isDue())
      void this.#hand(this.#group());
    if (!this.#timer && this.#waiting.length > 0 && this.#busy < this.#options.at_once) void this.#wakeInTime();
    if (this.#room !== undefined && this.#hasRoom()) {
      this.#room.resolve();
      this.#room = undefined;
    }
  }

  #isDue(): boolean {
    return this.#size >= this.#options.min_size || this.#flushed.signal.aborted || this.#leftMs() <= 0;
  }

  /** Until the first has waited long enough. */
  #leftMs(): number {
    const [first] = this.#waiting;
    if (first === undefined) return Number.POSITIVE_INFINITY;
    return first.sinceMs + this.#options.flush_timeout - this.#clock.monotonic();
  }

  async #wakeInTime(): Promise<void> {
    this.#timer = true;
    await this.#clock.sleep(this.#leftMs(), this.#flushed.signal);
    this.#timer = false;
    this.#serve();
  }

  /** Never rejects. */
  async #hand(group: readonly Waiting[]): Promise<void> {
    this.#busy++;
    this.#handed += group.length;
    // Each giver's own signal counts for the group: a batch that is taken back must not be touched any more.
    const signal = AbortSignal.any(group.map((one) => one.signal));
    try {
      for (const batch of concatBatches(group.map((one) => one.batch)))
        for (const piece of this.#pieces(batch)) await this.#next.consume(piece, signal);
      for (const { resolve } of group) resolve();
    } catch (error) {
      const beside = new RetryableError("another source took its batch back", { code: "batch_taken_back" });
      for (const one of group) one.reject(one.signal.aborted ? one.signal.reason : signal.aborted ? beside : error);
    }
    this.#busy--;
    this.#handed -= group.length;
    this.#serve();
  }

  /** What goes together now; at least one. */
  #group(): Waiting[] {
    const { max_size } = this.#options;
    const group: Waiting[] = [];
    let size = 0;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (group.length > 0 && max_size > 0 && size + next.size > max_size) break;
      this.#waiting.shift();
      next.signal.removeEventListener("abort", next.leave);
      this.#size -= next.size;
      group.push(next);
      size += next.size;
    }
    return group;
  }

  #pieces(batch: LogBatch): LogBatch[] {
    const { max_size, sizer } = this.#options;
    const size = sizer(batch);
    if (max_size === 0 || size <= max_size || batch.size === 1) return [batch];
    const each = Math.max(1, Math.floor((batch.size * max_size) / size));
    return Array.from({ length: Math.ceil(batch.size / each) }, (_, k) => {
      const first = k * each;
      return batch.select(Array.from({ length: Math.min(each, batch.size - first) }, (_, i) => first + i));
    });
  }
}
