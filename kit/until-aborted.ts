/**
 * Waits for work that cannot be stopped, but no longer than `signal` allows; then it throws the signal's reason, or what
 * `toError` makes of it, and the work goes on unobserved.
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  toError: (reason: unknown) => Error = (reason) => reason as Error,
): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(toError(signal.reason));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
