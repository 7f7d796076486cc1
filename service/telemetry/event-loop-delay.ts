import type { Meter } from "@opentelemetry/api";

const INTERVAL_MS = 20;

/** Upper bounds in seconds. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Measures how late timers are: while the event loop is busy nothing else of this process goes on. A histogram of the
 * meter, because `monitorEventLoopDelay` of Node must be reset to say what was lately, and one reader's reset would
 * take from another's. Returns what ends it; it does not keep the process alive.
 */
export function measureEventLoop(meter: Meter): () => void {
  const delay = meter.createHistogram("tidewatch_process_event_loop_delay_seconds", {
    description: "How much later than asked a timer ran, measured 50 times a second.",
    unit: "s",
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  let due = performance.now() + INTERVAL_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    delay.record(Math.max(0, now - due) / 1000);
    due = now + INTERVAL_MS;
  }, INTERVAL_MS).unref();
  return () => clearInterval(timer);
}
