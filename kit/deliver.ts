import * as z from "zod";
import type { LogBatch } from "#core/batch.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import { errorMessage, type FailedAttempt, PermanentError, RetryableError, TooLargeError } from "#core/errors.ts";
import { duration } from "./schema-types.ts";

/** What became of a batch that was sent; nothing said = all of it was taken. */
export interface Report {
  /** Positions of records to send again. */
  readonly unsent?: readonly number[];
  /** Records that the other side will never take, and why. */
  readonly refused?: readonly { readonly index: number; readonly reason: PermanentError }[];
  /** How long the other side asked us to wait before `unsent` is sent again. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * What an exporter author writes: one attempt. Throws RetryableError when the batch as a whole should be sent again,
 * PermanentError when it can never go through.
 */
export type Send = (batch: LogBatch, signal: AbortSignal) => Promise<Report>;

export const retryConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Send again what could not be delivered."),
    initial_interval: duration().prefault("1s").describe("Wait before the second attempt."),
    randomization_factor: z.number().min(0).max(1).default(0.5).describe("Share of the wait that is left to chance."),
    multiplier: z.number().min(1).default(1.5).describe("Growth of the wait from attempt to attempt."),
    max_interval: duration().prefault("30s").describe("Longest wait."),
    max_elapsed_time: duration().prefault("0").describe("Give up and set the data aside after this time; 0 = never."),
  })
  .prefault({})
  .describe("What to do when the other side is away.");

export const timeoutConfig = duration().prefault("30s").describe("Time allowed for one attempt.");

export interface DeliveryConfig {
  readonly retry_on_failure: z.output<typeof retryConfig>;
  readonly timeout: number;
}

/**
 * Turns one attempt into a delivery: time-out, retry with growing waits, and setting aside what cannot go through. It
 * counts what was sent and what was not: the exporter declares `countsSent`.
 */
export function deliver(send: Send, context: Context, config: DeliveryConfig): Consumer {
  const sent = context.meter.createCounter("otelcol_exporter_sent_log_records", { description: "Records delivered." });
  const failed = context.meter.createCounter("otelcol_exporter_send_failed_log_records", {
    description: "Records in attempts to send that failed, each attempt anew.",
  });
  const labels = { exporter: context.id };
  const onFailed = (records: number): void => failed.add(records, labels);
  return {
    async consume(batch, signal) {
      const attempts = new Attempts(send, context, config, signal, onFailed);
      await attempts.run(batch);
      sent.add(batch.size - attempts.setAside, labels);
    },
  };
}

/** Failed attempts that a dead letter tells of. */
const KEPT_ATTEMPTS = 10;

class Attempts {
  readonly #send: Send;
  readonly #context: Context;
  readonly #config: DeliveryConfig;
  readonly #signal: AbortSignal;
  readonly #startMs: number;
  readonly #onFailed: (records: number) => void;
  #waitMs: number;
  #complained = false;
  readonly #failed: FailedAttempt[] = [];
  /** Records that went to the dead letters. */
  setAside = 0;

  constructor(
    send: Send,
    context: Context,
    config: DeliveryConfig,
    signal: AbortSignal,
    onFailed: (records: number) => void,
  ) {
    this.#send = send;
    this.#context = context;
    this.#config = config;
    this.#signal = signal;
    this.#onFailed = onFailed;
    this.#startMs = context.clock.monotonic();
    this.#waitMs = config.retry_on_failure.initial_interval;
  }

  async run(batch: LogBatch): Promise<void> {
    let rest = batch;
    while (rest.size > 0) {
      this.#signal.throwIfAborted();
      const outcome = await this.#attempt(rest);
      if (outcome instanceof TooLargeError && rest.size > 1) return this.#halves(rest);
      const failed =
        outcome instanceof PermanentError ? rest.size : (outcome.unsent ?? []).length + (outcome.refused ?? []).length;
      if (failed > 0) this.#onFailed(failed);
      if (outcome instanceof PermanentError) return this.#reject(rest, outcome);
      for (const { indexes, reason } of byReason(outcome.refused ?? []))
        await this.#reject(rest.select(indexes), reason);
      const unsent = outcome.unsent ?? [];
      if (unsent.length === 0) {
        this.#context.report("StatusOK");
        return;
      }
      rest = unsent.length === rest.size ? rest : rest.select(unsent);
      const tooLate = this.#exhausted(outcome.retryAfterMs);
      if (tooLate !== undefined) return this.#reject(rest, tooLate);
      await this.#pause(outcome.retryAfterMs);
    }
  }

  /** Down to the single record that is too large by itself. */
  async #halves(batch: LogBatch): Promise<void> {
    const middle = batch.size >> 1;
    const from = (start: number, end: number): LogBatch =>
      batch.select(Array.from({ length: end - start }, (_, i) => start + i));
    await this.run(from(0, middle));
    await this.run(from(middle, batch.size));
  }

  async #reject(records: LogBatch, reason: PermanentError): Promise<void> {
    const attempts = this.#failed;
    const { message, code } = reason;
    const told = attempts.length === 0 ? reason : new PermanentError(message, { code, cause: reason, attempts });
    await this.#context.reject(records, told);
    this.setAside += records.size;
  }

  /** One attempt under its own time-out. A failure of the whole batch is a report that nothing was sent. */
  async #attempt(batch: LogBatch): Promise<Report | PermanentError> {
    const timeout = AbortSignal.timeout(this.#config.timeout);
    try {
      return await this.#send(batch, AbortSignal.any([this.#signal, timeout]));
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof PermanentError) return error;
      if (error instanceof RetryableError || timeout.aborted) {
        this.#complain(timeout.aborted ? new RetryableError("time-out", { cause: error }) : error);
        const retryAfterMs = error instanceof RetryableError ? error.retryAfterMs : undefined;
        return { unsent: Array.from({ length: batch.size }, (_, i) => i), retryAfterMs };
      }
      this.#context.log.error({ error }, "exporter failed in a way that it should not, setting the batch aside");
      return new PermanentError(`exporter failed: ${errorMessage(error)}`, { cause: error, code: "exporter_bug" });
    }
  }

  #exhausted(retryAfterMs: number | undefined): PermanentError | undefined {
    const { enabled, max_elapsed_time } = this.#config.retry_on_failure;
    if (!enabled) return new PermanentError("not delivered, and retry_on_failure is off", { code: "retry_disabled" });
    const elapsedMs = this.#context.clock.monotonic() - this.#startMs + (retryAfterMs ?? 0);
    if (max_elapsed_time === 0 || elapsedMs < max_elapsed_time) return undefined;
    return new PermanentError("not delivered within max_elapsed_time", { code: "retry_exhausted" });
  }

  async #pause(retryAfterMs: number | undefined): Promise<void> {
    const { randomization_factor, multiplier, max_interval } = this.#config.retry_on_failure;
    const spread = 1 + randomization_factor * (Math.random() * 2 - 1);
    await this.#context.clock.sleep(Math.max(this.#waitMs * spread, retryAfterMs ?? 0), this.#signal);
    this.#waitMs = Math.min(max_interval, this.#waitMs * multiplier);
  }

  /** Once per batch: an outage is a state, not a stream of lines. */
  #complain(error: unknown): void {
    this.#failed.push({ atMs: this.#context.clock.now(), error: errorMessage(error) });
    if (this.#failed.length > KEPT_ATTEMPTS) this.#failed.shift();
    this.#context.report("StatusRecoverableError", error);
    if (this.#complained) return;
    this.#complained = true;
    this.#context.log.warn({ error }, "delivery failed, will retry");
  }
}

/** Refused records with the same reason are one dead letter. */
function byReason(refused: NonNullable<Report["refused"]>): { indexes: number[]; reason: PermanentError }[] {
  const groups = new Map<string, { indexes: number[]; reason: PermanentError }>();
  for (const { index, reason } of refused) {
    const key = `${reason.code}\0${reason.message}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { indexes: [index], reason });
    else group.indexes.push(index);
  }
  return [...groups.values()];
}
