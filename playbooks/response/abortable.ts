import { RetryableError } from "#core/errors.ts";
import { untilAborted } from "#kit/until-aborted.ts";

/**
 * The outcome of `work`, or a RetryableError as soon as `signal` aborts: an action that does not listen to its signal
 * must not hold up anybody. What it still does afterwards meets a higher fence.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return untilAborted(work, signal, (cause) => new RetryableError("given up", { cause }));
}
