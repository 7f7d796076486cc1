import { RetryableError } from "#core/errors.ts";
import type { FoundItem } from "./segment-scan.ts";
import type { Located } from "./segment.ts";
import type { Lane } from "./lane.ts";

interface Taker {
  readonly resolve: (item: FoundItem) => void;
  readonly reject: (error: unknown) => void;
}

/** Those who wait for an item, first come, first served; hands them the oldest over all classes. */
export class TakeLine {
  readonly #lanes: readonly Lane[];
  readonly #maxInFlight: number;
  readonly #takers: Taker[] = [];
  readonly #inFlight = new Map<FoundItem, { readonly located: Located; readonly lane: Lane }>();
  #exclusive: Promise<unknown> = Promise.resolve();
  #serving = false;
  #again = false;

  constructor(lanes: readonly Lane[], maxInFlight: number) {
    this.#lanes = lanes;
    this.#maxInFlight = maxInFlight;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get oldestUnixMs(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { located } of this.#inFlight.values()) oldest = Math.min(oldest, located.item.appendedUnixMs);
    for (const { reader, segments } of this.#lanes) {
      // Of an item that nobody has read yet, the age of its file is what is known.
      const known = reader.oldestUnixMs ?? segments.find(({ open, inFlight }) => open.items > inFlight)?.createdUnixMs;
      oldest = Math.min(oldest, known ?? Number.POSITIVE_INFINITY);
    }
    return oldest;
  }

  /** Throws the signal's reason, or RetryableError (`queue_read`) for an error of the disk: the item stays first. */
  async take(signal: AbortSignal): Promise<FoundItem> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<FoundItem>();
    const taker = { resolve, reject };
    const onAbort = (): void => {
      const at = this.#takers.indexOf(taker);
      if (at >= 0) this.#takers.splice(at, 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#takers.push(taker);
    this.serve();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Ends an item's flight; undefined when it is not in flight. */
  land(item: FoundItem): { readonly located: Located; readonly lane: Lane } | undefined {
    const flight = this.#inFlight.get(item);
    if (flight === undefined) return undefined;
    this.#inFlight.delete(item);
    flight.located.segment.inFlight--;
    return flight;
  }

  /** Refuses all who wait. */
  refuse(error: Error): void {
    for (const { reject } of this.#takers.splice(0)) reject(error);
  }

  /** Call it when there may be an item for somebody. */
  serve(): void {
    this.#again = true;
    if (!this.#serving) void this.#serve();
  }

  /** Runs `work` while no item is looked for. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#exclusive.then(work);
    this.#exclusive = run.catch(() => undefined);
    return run;
  }

  /** Never rejects: outcomes go to the takers. */
  async #serve(): Promise<void> {
    this.#serving = true;
    while (this.#again) {
      this.#again = false;
      try {
        while (await this.exclusively(() => this.#serveOne()));
      } catch (error) {
        this.refuse(new RetryableError("cannot read from the queue", { cause: error, code: "queue_read" }));
      }
    }
    this.#serving = false;
  }

  async #serveOne(): Promise<boolean> {
    if (this.#takers.length === 0 || this.#inFlight.size >= this.#maxInFlight) return false;
    let oldest: Lane | undefined;
    let sequence = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) {
      const head = await lane.reader.peek();
      if (head === undefined || head.item.sequence >= sequence) continue;
      oldest = lane;
      sequence = head.item.sequence;
    }
    // The taker may have given up meanwhile; the item then waits at the head for the next one.
    const taker = oldest === undefined ? undefined : this.#takers.shift();
    const located = taker === undefined ? undefined : oldest?.reader.take();
    if (oldest === undefined || located === undefined || taker === undefined) return false;
    located.segment.inFlight++;
    this.#inFlight.set(located.item, { located, lane: oldest });
    taker.resolve(located.item);
    return true;
  }
}
