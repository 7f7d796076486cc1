import { setTimeout } from "node:timers/promises";
import type { Clock } from "#core/context.ts";

/** Real time, for tests against real services. */
export const systemClock: Clock = {
  now: () => Date.now(),
  nowUnixNano: () => BigInt(Date.now()) * 1_000_000n,
  monotonic: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}), // an abort is no failure
};
