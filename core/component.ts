import type { Consumer } from "./consumer.ts";

/**
 * What every part of a pipeline is. Creation is pure: it opens nothing and sets no timer. The service calls `start`
 * once, downstream parts first, and `shutdown` in the opposite order.
 */
export interface Component {
  /** May do I/O. `signal` aborts when the whole start is given up. */
  start?(signal: AbortSignal): Promise<void>;
  /**
   * Looks again at what the settings point to (rule files, certificates), between two batches. @throws when the new
   * cannot be used; the component goes on with what it had.
   */
  reload?(): Promise<void>;
  /** Flushes and releases. Safe before `start` and safe twice; gives up flushing when `deadline` aborts. */
  shutdown?(deadline: AbortSignal): Promise<void>;
}

export type Receiver = Component;
export type Processor = Component & Consumer;
export type Exporter = Component & Consumer;
export type Extension = Component;
