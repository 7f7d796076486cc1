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

export interface Receiver extends Component {
  /** How records reach it (`tcp`, `grpc`): a label of what it accepted. Undefined when there is no choice. */
  readonly transport?: string;
}
export type Processor = Component & Consumer;
export interface Exporter extends Component, Consumer {
  /** It counts itself what it sent and what it could not send, because `consume` may resolve before (a queue has it) or not all was sent. */
  readonly countsSent?: boolean;
}
export type Extension = Component;
