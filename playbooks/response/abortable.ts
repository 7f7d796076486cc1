import { RetryableError } from "#core/errors.ts";

/**
 * The outcome of `work`, or a RetryableError as soon as `signal` aborts: an action that does not listen to its signal
 * must not hold up anybody. What it still does afterwards meets a higher fence.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(new RetryableError("given up", { cause: signal.reason }));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
