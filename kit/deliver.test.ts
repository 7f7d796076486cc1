import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import type { LogBatch } from "#core/batch.ts";
import { PermanentError, RetryableError, TooLargeError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { deliver, retryConfig, type Report, type Send, timeoutConfig } from "./deliver.ts";

const schema = z.strictObject({ retry_on_failure: retryConfig, timeout: timeoutConfig });
const batch = new ObjectBatch(
  { attributes: {} },
  ["a", "b", "c"].map((body) => ({ body })),
);
const texts = (records: LogBatch): string[] => Array.from(records, ({ body }) => String(body));

/** An exporter whose attempts end as scripted. */
function scripted(outcomes: readonly (Report | Error)[], raw: object = {}) {
  const clock = manualClock();
  const context = fakeContext({ clock });
  const sent: string[][] = [];
  const send: Send = (records) => {
    const outcome = outcomes[sent.length] ?? {};
    sent.push(texts(records));
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
  const exporter = deliver(send, context, schema.parse({ retry_on_failure: { randomization_factor: 0, ...raw } }));
  const rejected = (): [string[], string][] =>
    context.rejected.map(({ records, reason }) => [texts(records), reason.message]);
  return { exporter, clock, sent, rejected, context };
}

test("an outage is waited out with growing waits, said once, and the batch is then delivered", async () => {
  const { exporter, clock, sent, rejected, context } = scripted([
    new RetryableError("away"),
    new RetryableError("away"),
    new RetryableError("away"),
  ]);
  const done = exporter.consume(batch, new AbortController().signal);
  for (const [waitMs, attempts] of [
    [1000, 2],
    [1500, 3],
    [2250, 4],
  ] as const) {
    await clock.untilSleeping();
    await clock.advance(waitMs - 1);
    assert.equal(sent.length, attempts - 1);
    await clock.advance(1);
    assert.equal(sent.length, attempts);
  }
  await done;
  assert.deepEqual(rejected(), []);
  assert.equal(context.lines.filter(({ level }) => level === "warn").length, 1);
});

test("of a half-accepted batch only the rest is sent again, and what is refused is set aside with its reason", async () => {
  const { exporter, clock, sent, rejected } = scripted([
    { unsent: [1, 2], refused: [{ index: 0, reason: new PermanentError("too large") }] },
    { unsent: [1] },
  ]);
  const done = exporter.consume(batch, new AbortController().signal);
  await clock.untilSleeping();
  await clock.advance(1000);
  await clock.advance(1500);
  await done;
  assert.deepEqual(sent, [["a", "b", "c"], ["b", "c"], ["c"]]);
  assert.deepEqual(rejected(), [[["a"], "too large"]]);
});

test("the other side's Retry-After is respected when it is longer than the own wait", async () => {
  const { exporter, clock, sent } = scripted([new RetryableError("slow down", { retryAfterMs: 60_000 })]);
  const done = exporter.consume(batch, new AbortController().signal);
  await clock.untilSleeping();
  await clock.advance(59_999);
  assert.equal(sent.length, 1);
  await clock.advance(1);
  await done;
  assert.equal(sent.length, 2);
});

test("data that can never go through is set aside at once; so is a batch on which the exporter has a bug", async () => {
  for (const [error, reason] of [
    [new PermanentError("bad data"), "bad data"],
    [new TypeError("x is not a function"), "exporter failed: x is not a function"],
  ] as const) {
    const { exporter, rejected } = scripted([error]);
    await exporter.consume(batch, new AbortController().signal);
    assert.deepEqual(rejected(), [[["a", "b", "c"], reason]]);
  }
});

test("a sink that hangs ends in a time-out and is tried again", async () => {
  const context = fakeContext({ clock: manualClock() });
  let attempts = 0;
  const send: Send = (_records, signal) => {
    if (++attempts > 1) return Promise.resolve({});
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  };
  const exporter = deliver(
    send,
    context,
    schema.parse({ timeout: "20ms", retry_on_failure: { initial_interval: "0" } }),
  );
  await exporter.consume(batch, new AbortController().signal);
  assert.equal(attempts, 2);
});

test("retry switched off, and max_elapsed_time passed, set the data aside; the default never gives up", async () => {
  const off = scripted([new RetryableError("away")], { enabled: false });
  await off.exporter.consume(batch, new AbortController().signal);
  assert.match(off.rejected()[0]?.[1] ?? "", /retry_on_failure is off/);
  const late = scripted(
    Array.from({ length: 9 }, () => new RetryableError("away")),
    { max_elapsed_time: "3s", multiplier: 1 },
  );
  const done = late.exporter.consume(batch, new AbortController().signal);
  await late.clock.untilSleeping();
  await late.clock.advance(3000);
  await done;
  assert.match(late.rejected()[0]?.[1] ?? "", /max_elapsed_time/);
});

test("a stop while it waits rejects, sets nothing aside and sends nothing more", async () => {
  const { exporter, clock, sent, rejected } = scripted([new RetryableError("away")]);
  const stop = new AbortController();
  const done = exporter.consume(batch, stop.signal);
  await clock.untilSleeping();
  stop.abort();
  await assert.rejects(done, { name: "AbortError" });
  assert.equal(sent.length, 1);
  assert.deepEqual(rejected(), []);
});

test("a batch that is too large goes in halves, down to the one record that is too large by itself", async () => {
  const sent: string[][] = [];
  const context = fakeContext({ clock: manualClock() });
  const send: Send = (records) => {
    const bodies = texts(records);
    if (bodies.includes("huge") || bodies.length > 2) return Promise.reject(new TooLargeError("413"));
    sent.push(bodies);
    return Promise.resolve({});
  };
  const records = ["a", "b", "huge", "c", "d"].map((body) => ({ body }));
  const exporter = deliver(send, context, schema.parse({}));
  await exporter.consume(new ObjectBatch({ attributes: {} }, records), new AbortController().signal);
  assert.deepEqual(sent.flat(), ["a", "b", "c", "d"]);
  assert.deepEqual(
    context.rejected.map(({ records: aside, reason }) => [texts(aside), reason.code]),
    [[["huge"], "too_large"]],
  );
});

test("records refused for the same reason are set aside together, with what was tried before", async () => {
  const reason = new PermanentError("no such index", { code: "refused" });
  const { exporter, clock, context } = scripted([
    new RetryableError("away"),
    { refused: [0, 1, 2].map((index) => ({ index, reason: index === 1 ? new PermanentError("other") : reason })) },
  ]);
  const done = exporter.consume(batch, new AbortController().signal);
  await clock.untilSleeping();
  await clock.advance(1000);
  await done;
  assert.deepEqual(
    context.rejected.map(({ records }) => texts(records)),
    [["a", "c"], ["b"]],
  );
  assert.deepEqual(
    context.rejected.map((one) => one.reason.attempts.map(({ error }) => error)),
    [["away"], ["away"]],
  );
  assert.equal(context.rejected[0]?.reason.code, "refused");
});
