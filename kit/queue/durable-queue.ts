import { PermanentError, RetryableError } from "#core/errors.ts";
import type { Clock, Logger } from "#core/context.ts";
import { Checkpointer } from "./checkpointer.ts";
import type { FileLayer } from "./file-layer.ts";
import { ITEM_HEADER_BYTES, MAX_PAYLOAD_BYTES, MAX_RECORDS, PRIORITY_CLASSES, SEGMENT_HEADER_BYTES } from "./format.ts";
import type { Lane } from "./lane.ts";
import type { OwnerLock } from "./owner-lock.ts";
import type { Counters, QueueStats } from "./queue-stats.ts";
import type { FoundItem } from "./segment-scan.ts";
import type { QueueSettings } from "./settings.ts";
import { Space } from "./space.ts";
import { TakeLine } from "./take-line.ts";

/** One item in the hands of a consumer. Nobody changes the payload; it may be the very bytes that were appended. */
export type QueueItem = Readonly<
  Pick<FoundItem, "payload" | "memo" | "records" | "priority" | "position" | "sequence" | "appendedUnixMs">
>;

export interface NewQueueItem {
  /** Opaque; at most 64 MiB and `max_bytes`. Handed over: it must not change any more. */
  readonly payload: Uint8Array;
  /** Counted, never looked into. */
  readonly records: number;
  /** Comes back with the item where that never left the memory. */
  readonly memo?: unknown;
  /** 0 (the default) to 3; the higher, the later it is dropped. */
  readonly priority?: number;
}

/** What `drop_oldest` gave up. */
export interface Dropped {
  readonly priority: number;
  readonly items: number;
  readonly records: number;
  readonly bytes: number;
}

export interface QueueParts {
  readonly directory: string;
  readonly settings: QueueSettings;
  readonly files: FileLayer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onDropped: ((dropped: Dropped) => void) | undefined;
  /** By priority class. */
  readonly lanes: readonly Lane[];
  readonly counters: Counters;
  readonly sequence: { next: number };
  readonly lock: OwnerLock;
}

/** A queue of byte payloads on the disk; `openQueue` makes one. It owns its directory until `close`. */
export class DurableQueue {
  readonly #parts: QueueParts;
  readonly #line: TakeLine;
  readonly #space: Space;
  readonly #checkpointer: Checkpointer;
  readonly #closing = new AbortController();
  #syncing: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: QueueParts) {
    const { directory, settings, files, clock, log, lanes, sequence } = parts;
    this.#parts = parts;
    this.#line = new TakeLine(lanes, settings.max_in_flight);
    this.#space = new Space({
      files,
      clock,
      log,
      directory,
      maxBytes: settings.max_bytes,
      minFreeBytes: settings.min_free_bytes,
      usedBytes: () => lanes.reduce((sum, lane) => sum + lane.sizeBytes, 0),
      makeRoom: (priority) => this.#makeRoom(priority),
    });
    this.#checkpointer = new Checkpointer({
      files,
      clock,
      log,
      directory,
      lanes,
      intervalMs: settings.checkpoint_interval,
      sequence: () => sequence.next,
      onRemoved: () => this.#space.changed(),
    });
    if (settings.fsync === "interval") this.#syncing = this.#syncFromTimeToTime();
  }

  /**
   * Resolves when the item is durable under the `fsync` policy; waits while the queue is full, or refuses at once with
   * `queue_full` when it is not to wait. Order is kept within a class. @throws RetryableError (`queue_write`, `queue_closed`): the caller still owns it; PermanentError
   * (`queue_item_too_large`); the signal's reason while it waits for room.
   */
  async append(
    { payload, records, memo, priority = 0 }: NewQueueItem,
    signal: AbortSignal,
    wait = true,
  ): Promise<void> {
    const { settings, lanes, clock, sequence } = this.#parts;
    const lane = lanes[priority];
    if (lane === undefined) throw new RangeError(`priority class must be 0 to ${PRIORITY_CLASSES - 1}`);
    if (!Number.isInteger(records) || records < 0 || records > MAX_RECORDS) throw new RangeError("not a record count");
    const bytes = ITEM_HEADER_BYTES + payload.length;
    if (payload.length > MAX_PAYLOAD_BYTES || bytes + SEGMENT_HEADER_BYTES > settings.max_bytes) {
      throw new PermanentError(`item of ${payload.length} bytes is too large for the queue`, {
        code: "queue_item_too_large",
      });
    }
    if (this.#closing.signal.aborted) throw closedError();
    // A segment of its own may begin with it.
    const reserved = bytes + SEGMENT_HEADER_BYTES;
    signal.throwIfAborted();
    if (!this.#space.tryReserve(reserved)) await this.#space.reserve(reserved, priority, signal, wait);
    try {
      // The room may have been granted in the moment of closing.
      if (this.#closing.signal.aborted) throw closedError();
      const appendedUnixMs = Math.max(0, Math.trunc(clock.now()));
      await lane.writer.append({ payload, memo, records, sequence: sequence.next++, appendedUnixMs });
    } finally {
      this.#space.release(reserved);
    }
    this.#line.serve();
  }

  /**
   * The oldest item that nobody has in hand; waits for one. Settle each with `done` or `giveBack`: what is neither comes
   * again after a restart. @throws RetryableError (`queue_read`, `queue_closed`); the signal's reason.
   */
  take(signal: AbortSignal): Promise<QueueItem> {
    if (this.#closing.signal.aborted) return Promise.reject(closedError());
    return this.#line.take(signal);
  }

  /** The item is safe elsewhere. After `close` it has no effect: the item comes again. */
  done(item: QueueItem): void {
    const flight = this.#land(item);
    if (flight === undefined) return;
    flight.lane.settle(flight.located);
    this.#checkpointer.note();
    // Others wait for what a checkpoint frees.
    if (this.#space.short) this.#space.changed();
    this.#line.serve();
  }

  /** The item goes back to the head, before all that was appended later. */
  giveBack(item: QueueItem): void {
    const flight = this.#land(item);
    if (flight === undefined) return;
    flight.lane.reader.giveBack(flight.located);
    if (this.#space.short) this.#space.changed();
    this.#line.serve();
  }

  /** Resolves when everything that is done by now survives a crash. Throws what the disk throws. */
  checkpoint(): Promise<void> {
    return this.#checkpointer.now();
  }

  stats(): QueueStats {
    const { lanes, counters, clock } = this.#parts;
    const open = lanes.map((lane) => lane.open);
    const oldest = this.#line.oldestUnixMs;
    return {
      ...counters,
      dropped: counters.dropped.map((amount) => ({ ...amount })),
      items: open.reduce((sum, { items }) => sum + items, 0),
      records: open.reduce((sum, { records }) => sum + records, 0),
      bytes: open.reduce((sum, { bytes }) => sum + bytes, 0),
      diskBytes: lanes.reduce((sum, lane) => sum + lane.sizeBytes, 0),
      inFlight: this.#line.inFlight,
      // The wall clock may have been set back.
      oldestAgeMs: Number.isFinite(oldest) ? Math.max(0, clock.now() - oldest) : 0,
      checkpoints: this.#checkpointer.count,
    };
  }

  /**
   * Whoever waits is refused (`queue_closed`), what was appended is written, the cursor too. Safe twice. Throws what the
   * disk throws when the cursor cannot be written: what was done since the last one comes again.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #land(item: QueueItem): ReturnType<TakeLine["land"]> {
    const flight = this.#line.land(item as FoundItem);
    if (flight === undefined && !this.#closing.signal.aborted) throw new Error("this queue item is not in flight");
    return flight;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#space.refuse(closedError());
    this.#line.refuse(closedError());
    await this.#syncing;
    for (const lane of this.#parts.lanes) await lane.writer.seal();
    await this.#line.exclusively(async () => {
      for (const lane of this.#parts.lanes) await lane.reader.close();
    });
    try {
      await this.#checkpointer.close();
    } finally {
      await this.#parts.lock.release();
    }
  }

  /** First what is done anyway, then what may be dropped. */
  async #makeRoom(priority: number): Promise<boolean> {
    const { lanes, settings } = this.#parts;
    for (const lane of lanes) if (lane.idle) await lane.writer.seal();
    if (lanes.some((lane) => lane.removable().length > 0)) return this.#checkpointed();
    if (settings.on_full !== "drop_oldest") return false;
    for (const lane of lanes.slice(0, priority + 1)) if (await this.#dropFrom(lane)) return true;
    return false;
  }

  /** Whether something was removed. A cursor that cannot be written is logged, and tried again at the next interval. */
  async #checkpointed(): Promise<boolean> {
    const before = this.#parts.lanes.reduce((sum, lane) => sum + lane.segments.length, 0);
    await this.#checkpointer.now().catch(() => undefined);
    return this.#parts.lanes.reduce((sum, lane) => sum + lane.segments.length, 0) < before;
  }

  async #dropFrom(lane: Lane): Promise<boolean> {
    const victim = lane.droppable();
    if (victim === undefined) return false;
    if (!victim.sealed) await lane.writer.seal();
    const dropped = await this.#line.exclusively(async () =>
      // Somebody may have taken from it meanwhile.
      victim.inFlight === 0 && victim.open.items > 0 ? lane.drop(victim) : undefined,
    );
    if (dropped === undefined) return true;
    this.#checkpointer.note();
    const counted = this.#parts.counters.dropped[lane.priority];
    if (counted !== undefined) {
      counted.items += dropped.items;
      counted.records += dropped.records;
      counted.bytes += dropped.bytes;
    }
    this.#parts.log.warn({ priority: lane.priority, ...dropped }, "queue is full, dropped its oldest items");
    this.#parts.onDropped?.({ priority: lane.priority, ...dropped });
    return this.#checkpointed();
  }

  /** Never rejects. */
  async #syncFromTimeToTime(): Promise<void> {
    const { clock, settings, lanes } = this.#parts;
    while (!this.#closing.signal.aborted) {
      await clock.sleep(settings.fsync_interval, this.#closing.signal);
      for (const lane of lanes) await lane.writer.sync();
    }
  }
}

function closedError(): RetryableError {
  return new RetryableError("the queue is closed", { code: "queue_closed" });
}
