import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectBatch } from "#core/object-batch.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { memoryLimiterProcessor } from "./index.ts";

const MIB = 1024 * 1024;
const BATCH = new ObjectBatch({ attributes: {} }, [{ body: "x" }]);
const SIGNAL = new AbortController().signal;
const NOBODY = { consume: () => Promise.resolve() };

/** A limiter of 100 MiB (held back from 80) over a memory that the test fills, and a sink that lets go when told. */
function limited() {
  const clock = manualClock();
  let bytes = 0;
  const releases: (() => void)[] = [];
  const base = fakeContext();
  const host = { ...base.host, memoryBytes: () => bytes, memoryLimitBytes: 1000 * MIB };
  const context = fakeContext({ clock, host });
  const next = { consume: () => new Promise<void>((resolve) => releases.push(resolve)) };
  const limiter = memoryLimiterProcessor.prepare({ limit_mib: 100 })(context, next, NOBODY);
  return { clock, context, limiter, releases, use: (mib: number) => (bytes = mib * MIB) };
}

test("below the limit records pass at once", async () => {
  const { limiter, releases, use } = limited();
  use(79);
  const sent = [limiter.consume(BATCH, SIGNAL), limiter.consume(BATCH, SIGNAL)];
  await Promise.resolve();
  assert.equal(releases.length, 2);
  for (const release of releases) release();
  await Promise.all(sent);
});

test("over the limit records wait until there is room, and say so", async () => {
  const { clock, context, limiter, releases, use } = limited();
  const first = limiter.consume(BATCH, SIGNAL);
  use(81);
  await clock.advance(1000);
  const second = limiter.consume(BATCH, SIGNAL);
  await clock.untilSleeping();
  await clock.advance(500);
  assert.equal(releases.length, 1);
  assert.deepEqual(context.statuses, ["StatusRecoverableError"]);
  use(60);
  await clock.advance(50);
  assert.equal(releases.length, 2);
  assert.deepEqual(context.statuses, ["StatusRecoverableError", "StatusOK"]);
  for (const release of releases) release();
  await Promise.all([first, second]);
});

test("a limit that can never be met makes it slow, not stuck: one batch at a time passes", async () => {
  const { clock, limiter, releases, use } = limited();
  use(500);
  for (let i = 0; i < 3; i++) {
    const sent = limiter.consume(BATCH, SIGNAL);
    await Promise.resolve();
    assert.equal(releases.length, i + 1);
    releases[i]?.();
    await sent;
    await clock.advance(2000);
  }
});

test("a batch that waits is given back when its sender stops", async () => {
  const { clock, limiter, releases, use } = limited();
  const first = limiter.consume(BATCH, SIGNAL);
  use(500);
  await clock.advance(1000);
  const stop = new AbortController();
  const second = limiter.consume(BATCH, stop.signal);
  await clock.untilSleeping();
  stop.abort();
  await assert.rejects(second, { name: "AbortError" });
  releases[0]?.();
  await first;
});

test("a room that is no smaller than the limit is refused", () => {
  assert.throws(() => memoryLimiterProcessor.prepare({ limit_mib: 100, spike_limit_mib: 100 }), {
    message: /must be less than limit_mib/,
  });
});
