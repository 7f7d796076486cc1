import type { Amount } from "./segment.ts";

/** Counted since the queue was opened. */
export interface Counters {
  /** Items known to be lost to damage, and records of those where it is known. */
  damagedItems: number;
  damagedRecords: number;
  /** Damaged places, and their bytes. */
  damagedRanges: number;
  damagedBytes: number;
  /** Bytes at the end of a file that a crash had cut short; nobody had been told that they were safe. */
  tornBytes: number;
  /** Syncs of items; several appends share one. */
  syncs: number;
  /** Dropped because the queue was full, by priority class. */
  readonly dropped: readonly Amount[];
}

/** A snapshot. `items`, `records` and `bytes` hold what is not done, in flight or not. */
export interface QueueStats extends Readonly<Counters>, Readonly<Amount> {
  /** Bytes of all segment files. */
  readonly diskBytes: number;
  readonly inFlight: number;
  /** Age of the oldest item that is not done; 0 when there is none. */
  readonly oldestAgeMs: number;
  readonly checkpoints: number;
}
