import { setImmediate } from "node:timers/promises";
import type { Clock } from "#core/context.ts";

export interface ManualClock extends Clock {
  /** Sleepers that wait now. */
  readonly sleeping: number;
  /** Turns the hands; sleepers whose time has come wake in order, and have run on when this resolves. */
  advance(ms: number): Promise<void>;
  /** Resolves as soon as somebody sleeps. */
  untilSleeping(): Promise<void>;
}

interface Sleeper {
  readonly wakeAtMs: number;
  wake(): void;
}

/** A clock that stands still until it is turned. */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  const watchers = new Set<() => void>();
  return {
    now: () => nowMs,
    nowUnixNano: () => BigInt(Math.round(nowMs * 1000)) * 1000n,
    monotonic: () => nowMs - startMs,
    get sleeping() {
      return sleepers.size;
    },
    sleep(ms, signal) {
      if (ms <= 0 || signal.aborted) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const sleeper: Sleeper = {
        wakeAtMs: nowMs + ms,
        wake: () => {
          sleepers.delete(sleeper);
          signal.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      sleepers.add(sleeper);
      signal.addEventListener("abort", sleeper.wake);
      for (const notify of watchers) notify();
      watchers.clear();
      return promise;
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const next = [...sleepers].sort((a, b) => a.wakeAtMs - b.wakeAtMs)[0];
        if (next === undefined || next.wakeAtMs > endMs) break;
        nowMs = next.wakeAtMs;
        next.wake();
        await setImmediate();
      }
      nowMs = endMs;
      await setImmediate();
    },
    async untilSleeping() {
      if (sleepers.size > 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      watchers.add(resolve);
      await promise;
    },
  };
}
