/** What an operator decides. Sizes in bytes, times in milliseconds. */
export interface QueueSettings {
  /**
   * `always`: an append resolves when the item is on the disk. `interval`: when it is written; a power cut takes what
   * came since the last sync. `none`: when it is written; the operating system decides. Killing the process loses
   * nothing under any of them.
   */
  readonly fsync: "always" | "interval" | "none";
  readonly fsync_interval: number;
  /** Bytes of all segment files together; what `damaged/` keeps does not count. */
  readonly max_bytes: number;
  /** Appends wait while the file system has less than this left. */
  readonly min_free_bytes: number;
  /** `wait`: back-pressure. `drop_oldest`: the oldest segment of the lowest class goes, and is counted. */
  readonly on_full: "wait" | "drop_oldest";
  /** A new file begins at this size; also the unit in which space is freed and dropped. At most an eighth of `max_bytes`. */
  readonly segment_bytes: number;
  /** How often it is written down what is done; a crash repeats what was done since. */
  readonly checkpoint_interval: number;
  /** Items taken and neither done nor given back, at most; `take` waits. */
  readonly max_in_flight: number;
}

export const QUEUE_DEFAULTS: QueueSettings = {
  fsync: "always",
  fsync_interval: 500,
  max_bytes: 10 * 1024 ** 3,
  min_free_bytes: 512 * 1024 ** 2,
  on_full: "wait",
  segment_bytes: 64 * 1024 ** 2,
  checkpoint_interval: 1000,
  max_in_flight: 1000,
};
