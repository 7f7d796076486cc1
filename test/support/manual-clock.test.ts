import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "./manual-clock.ts";

const NEVER = new AbortController().signal;

test("sleepers wake in the order of their times, and see the time at which they asked to wake", async () => {
  const clock = manualClock(1000);
  const woken: [string, number][] = [];
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms, NEVER);
    woken.push([name, clock.now()]);
  };
  const all = Promise.all([sleep("late", 20), sleep("early", 10), sleep("never", 1000)]);
  await clock.advance(50);
  assert.deepEqual(woken, [
    ["early", 1010],
    ["late", 1020],
  ]);
  assert.equal(clock.now(), 1050);
  assert.equal(clock.monotonic(), 50);
  assert.equal(clock.sleeping, 1);
  await clock.advance(1000);
  await all;
});

test("who sleeps again while the hands turn wakes again in the same turn", async () => {
  const clock = manualClock();
  let ticks = 0;
  const stop = new AbortController();
  const ticking = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(10, stop.signal);
      ticks++;
    }
  })();
  await clock.advance(100);
  assert.equal(ticks, 10);
  stop.abort();
  await ticking;
  assert.equal(clock.sleeping, 0);
});

test("untilSleeping resolves when somebody lies down", async () => {
  const clock = manualClock();
  const waiting = clock.untilSleeping();
  const slept = clock.sleep(1, NEVER);
  await waiting;
  await clock.advance(1);
  await slept;
});
