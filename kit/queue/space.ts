import type { Clock, Logger } from "#core/context.ts";
import { RetryableError } from "#core/errors.ts";
import type { FileLayer } from "./file-layer.ts";

export interface SpaceOptions {
  readonly files: FileLayer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly directory: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  /** Bytes of all segment files. */
  usedBytes(): number;
  /** Makes room for an item of this class; false when there is nothing to make room with. */
  makeRoom(priority: number): Promise<boolean>;
}

interface Waiter {
  readonly bytes: number;
  readonly priority: number;
  readonly wait: boolean;
  readonly grant: () => void;
  readonly reject: (error: unknown) => void;
}

/** How often the free space of the file system is asked again while it is short. */
const POLL_MS = 1000;
/** How much may be written before it is asked again: a part of what is free, at least and at most. */
const TRUST_SHARE = 1 / 64;
const LEAST_TRUST_BYTES = 1024 * 1024;
const MOST_TRUST_BYTES = 16 * 1024 * 1024;

/**
 * Says who may append within `maxBytes` and above the floor of free space: the highest class first, and within a class
 * who came first.
 */
export class Space {
  readonly #options: SpaceOptions;
  readonly #waiters: Waiter[] = [];
  #promisedBytes = 0;
  #trustedBytes = 0;
  #serving = false;
  #changed = new AbortController();

  constructor(options: SpaceOptions) {
    this.#options = options;
  }

  /** Whether somebody waits. */
  get short(): boolean {
    return this.#waiters.length > 0;
  }

  /** True when there is room now and nobody waits; then the bytes are promised until `release`. */
  tryReserve(bytes: number): boolean {
    if (this.#waiters.length > 0 || bytes > this.#trustedBytes || !this.#fits(bytes)) return false;
    this.#promise(bytes);
    return true;
  }

  /**
   * Resolves when there is room for `bytes`, which stay promised until `release`. Throws the signal's reason, and
   * RetryableError `queue_full` when no room can be made and the caller is not to wait for it.
   */
  async reserve(bytes: number, priority: number, signal: AbortSignal, wait: boolean): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { bytes, priority, wait, grant: resolve, reject };
    const onAbort = (): void => {
      const at = this.#waiters.indexOf(waiter);
      if (at < 0) return;
      this.#waiters.splice(at, 1);
      reject(signal.reason);
      this.changed();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    // Order matters within a class only: an alert does not wait behind bulk.
    const behind = this.#waiters.findIndex((other) => other.priority < priority);
    this.#waiters.splice(behind < 0 ? this.#waiters.length : behind, 0, waiter);
    if (!this.#serving) void this.#serve();
    else if (behind === 0) this.changed();
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** The bytes stand in a file now, or never will. */
  release(bytes: number): void {
    this.#promisedBytes -= bytes;
    if (this.short) this.changed();
  }

  /** Call it when there may be more room than before. */
  changed(): void {
    this.#changed.abort();
    this.#changed = new AbortController();
  }

  /** Refuses all who wait. */
  refuse(error: Error): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
    this.changed();
  }

  #promise(bytes: number): void {
    this.#promisedBytes += bytes;
    this.#trustedBytes -= bytes;
  }

  #fits(bytes: number): boolean {
    return this.#options.usedBytes() + this.#promisedBytes + bytes <= this.#options.maxBytes;
  }

  /** Never rejects. */
  async #serve(): Promise<void> {
    this.#serving = true;
    let complained = false;
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
      const changed = this.#changed.signal;
      const fits = this.#fits(first.bytes);
      const above = await this.#aboveFloor(first.bytes);
      // It may have given up while the file system was asked.
      if (this.#waiters[0] !== first) continue;
      if (fits && above) {
        this.#waiters.shift();
        this.#promise(first.bytes);
        first.grant();
        continue;
      }
      // What is being written cannot be dropped yet: looking now, a higher class would go in its place.
      if (this.#promisedBytes > 0) {
        await aborted(changed);
        continue;
      }
      if (await this.#options.makeRoom(first.priority)) continue;
      if (!first.wait) {
        const at = this.#waiters.indexOf(first);
        if (at >= 0) this.#waiters.splice(at, 1);
        first.reject(new RetryableError("the sending queue is full", { code: "queue_full" }));
        continue;
      }
      if (!complained) this.#options.log.warn({ waiting: this.#waiters.length }, "queue is full, appends wait");
      complained = true;
      if (above) await aborted(changed);
      else await this.#options.clock.sleep(POLL_MS, changed);
    }
    this.#serving = false;
  }

  async #aboveFloor(bytes: number): Promise<boolean> {
    const { files, directory, minFreeBytes, log } = this.#options;
    if (bytes <= this.#trustedBytes) return true;
    try {
      const spare = (await files.freeBytes(directory)) - minFreeBytes;
      const share = Math.min(MOST_TRUST_BYTES, spare * TRUST_SHARE);
      this.#trustedBytes = Math.min(spare, Math.max(LEAST_TRUST_BYTES, bytes, share));
      return bytes <= spare;
    } catch (error) {
      // A file system that cannot say how full it is must not stop the queue: a full disk is an error of the write.
      log.warn({ error }, "queue cannot ask for free disk space");
      this.#trustedBytes = Math.max(LEAST_TRUST_BYTES, bytes);
      return true;
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
