import type { Meter } from "@opentelemetry/api";
import type { LogBatch } from "./batch.ts";
import type { Extension } from "./component.ts";
import type { PermanentError } from "./errors.ts";
import type { Host } from "./status.ts";

/** Fields of a log line: values are data and never part of the sentence. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A component's own log. The sentence is constant; what varies is in the fields. */
export interface Logger {
  debug(fields: LogFields, sentence: string): void;
  info(fields: LogFields, sentence: string): void;
  warn(fields: LogFields, sentence: string): void;
  error(fields: LogFields, sentence: string): void;
}

/** Time from outside, so that tests can turn the hands. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Unix nanoseconds. */
  nowUnixNano(): bigint;
  /** Milliseconds that never run backwards; only differences mean anything. */
  monotonic(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts: look at the signal afterwards. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Everything that reaches a component from outside, except its configuration. */
export interface Context {
  /** The id as the user wrote it: `type` or `type/name`. */
  readonly id: string;
  readonly log: Logger;
  readonly meter: Meter;
  readonly clock: Clock;
  /** The service that runs the component. */
  readonly host: Host;
  /** Tells how the component fares: `StatusOK` when an error is over. Cheap; saying the same again changes nothing. */
  report(status: "StatusOK" | "StatusRecoverableError" | "StatusPermanentError", error?: unknown): void;
  /** Sets records aside for good; resolves once they are stored. The only way to give up on data. */
  reject(records: LogBatch, reason: PermanentError): Promise<void>;
  /**
   * The extension that a setting names; the service has checked that it exists and starts it before this component.
   * Call it in `start` or later. @throws ConfigError when it is not of the kind that `guard` asks for.
   */
  extension<E extends Extension>(id: string, guard: (extension: Extension) => extension is E): E;
}
