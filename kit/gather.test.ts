import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { PermanentError } from "#core/errors.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { batchOf, bodiesOf, DURABLE, gatedSink, senderWith, settledWithin, SIGNAL } from "#test/support/sender.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import type { Send } from "./deliver.ts";
import { QueueAdmission } from "./queue-admission.ts";
import { sendingQueueConfig } from "./sending-queue-config.ts";

const sizes = (sink: ReturnType<typeof gatedSink>): number[] => sink.taken.map(({ size }) => size);

test("less than min_size waits for company, and each giver is answered when all of it is delivered", async () => {
  const sink = gatedSink();
  const clock = manualClock();
  const { sender } = senderWith(sink.send, { batch: { min_size: 3 } }, undefined, clock);
  const first = sender.consume(batchOf("a"), SIGNAL);
  assert.equal(await settledWithin(first), false);
  await Promise.all([first, sender.consume(batchOf("b", "c"), SIGNAL)]);
  assert.deepEqual(sizes(sink), [3]);
  assert.deepEqual(bodiesOf(sink.taken), ["a", "b", "c"]);
});

test("after flush_timeout goes what is there, and stopping lets nobody wait for it", async () => {
  const sink = gatedSink();
  const clock = manualClock();
  const { sender } = senderWith(sink.send, { batch: { flush_timeout: "200ms" } }, undefined, clock);
  const early = sender.consume(batchOf("a"), SIGNAL);
  await clock.untilSleeping();
  await clock.advance(150);
  const late = sender.consume(batchOf("b"), SIGNAL);
  assert.equal(await settledWithin(Promise.race([early, late])), false);
  await clock.advance(50);
  await Promise.all([early, late]);
  assert.deepEqual(sizes(sink), [2]);
  const last = sender.consume(batchOf("c"), SIGNAL);
  await clock.untilSleeping();
  await sender.shutdown(SIGNAL);
  await last;
  assert.deepEqual(bodiesOf(sink.taken), ["a", "b", "c"]);
});

test("no more than max_size goes together; what is larger by itself goes in pieces", async () => {
  const sink = gatedSink();
  sink.hold();
  const { sender } = senderWith(sink.send, { batch: { min_size: 0, max_size: 3 } });
  const all = [["a"], ["b", "c"], ["d"], ["e"], ["f", "g", "h", "i", "j", "k", "l"]].map((bodies) =>
    sender.consume(batchOf(...bodies), SIGNAL),
  );
  sink.open();
  await Promise.all(all);
  assert.deepEqual(sizes(sink), [1, 3, 1, 3, 3, 1]);
  assert.deepEqual(bodiesOf(sink.taken), "abcdefghijkl".split(""));
});

test("a giver that goes away while its batch waits leaves at once and takes nobody with it", async () => {
  const sink = gatedSink();
  const { sender } = senderWith(sink.send, { batch: { min_size: 2 } }, undefined, manualClock());
  const stop = new AbortController();
  const gone = sender.consume(batchOf("a"), stop.signal);
  stop.abort();
  await assert.rejects(gone, { name: "AbortError" });
  await assert.rejects(sender.consume(batchOf("b"), stop.signal), { name: "AbortError" });
  const stays = sender.consume(batchOf("c"), SIGNAL);
  assert.equal(await settledWithin(stays), false);
  await Promise.all([stays, sender.consume(batchOf("d"), SIGNAL)]);
  assert.deepEqual(bodiesOf(sink.taken), ["c", "d"]);
});

test("a queue on the disk joins what it holds, in order, and forgets nothing when it is stopped in between", async () => {
  await using dir = await tempDir();
  const queue = { ...DURABLE, batch: { min_size: 4, max_size: 5, flush_timeout: "1h" } };
  const hung = gatedSink();
  hung.hold();
  const before = senderWith(hung.send, queue, dir).sender;
  await before.start();
  for (const body of "abcdefg") await before.consume(batchOf(body), SIGNAL);
  const deadline = new AbortController();
  deadline.abort();
  await before.shutdown(deadline.signal);
  assert.deepEqual(hung.taken, []);
  const sink = gatedSink();
  const { sender } = senderWith(sink.send, queue, dir);
  await sender.start();
  await sink.until(4);
  await sender.consume(batchOf("h"), SIGNAL);
  await sink.until(8);
  await sender.shutdown(AbortSignal.timeout(5000));
  assert.deepEqual(sizes(sink), [4, 4]);
  assert.deepEqual(bodiesOf(sink.taken), "abcdefgh".split(""));
});

test("queue_size bounds a queue on the disk in the unit that was chosen", async () => {
  for (const [sizer, queue_size] of [
    ["requests", 2],
    ["items", 4],
    ["bytes", 700],
  ] as const) {
    await using dir = await tempDir();
    const sink = gatedSink();
    sink.away(true);
    const { sender } = senderWith(sink.send, { ...DURABLE, sizer, queue_size }, dir);
    await sender.start();
    await sender.consume(batchOf("a", "b"), SIGNAL);
    await sender.consume(batchOf("c", "d"), SIGNAL);
    const third = sender.consume(batchOf("e".repeat(400)), SIGNAL);
    assert.equal(await settledWithin(third, 200), false, sizer);
    sink.away(false);
    await third;
    await sink.until(5);
    await sender.shutdown(AbortSignal.timeout(5000));
  }
});

test("a queue on the disk that has reached queue_size hands back at once when told to", async () => {
  await using dir = await tempDir();
  const sink = gatedSink();
  sink.away(true);
  const { sender } = senderWith(sink.send, { ...DURABLE, queue_size: 1, block_on_overflow: false }, dir);
  await sender.start();
  await sender.consume(batchOf("a"), SIGNAL);
  await assert.rejects(sender.consume(batchOf("b"), SIGNAL), { code: "queue_full" });
  sink.away(false);
  await sink.until(1);
  await sender.shutdown(AbortSignal.timeout(5000));
});

test("sizes that could never be reached are refused", () => {
  const parse = (queue: object) => z.strictObject({ q: sendingQueueConfig }).safeParse({ q: queue }).error?.issues;
  assert.match(parse({ batch: { min_size: 10, max_size: 5 } })?.[0]?.message ?? "", /must not be less than min_size/);
  assert.match(parse({ queue_size: 5, sizer: "items", batch: {} })?.[0]?.message ?? "", /less than batch::min_size/);
  assert.equal(parse({ queue_size: 5, batch: {} }), undefined);
});

test("who is let in and goes away in the same moment takes no place from those behind", async () => {
  const places = new QueueAdmission({ capacity: 1, block: true });
  await places.enter(1, SIGNAL);
  const stop = new AbortController();
  const second = places.enter(1, stop.signal);
  const third = places.enter(1, SIGNAL);
  places.leave(1);
  stop.abort();
  await second;
  places.leave(1);
  await third;
});

test("an item that could be neither delivered nor set aside goes first again, before those behind it", async () => {
  await using dir = await tempDir();
  const bodies: unknown[] = [];
  const done = Promise.withResolvers<void>();
  const send: Send = (batch) => {
    bodies.push(...bodiesOf([batch]));
    if (bodies.length === 1) return Promise.reject(new PermanentError("never", { code: "never" }));
    if (bodies.length === 4) done.resolve();
    return Promise.resolve({});
  };
  const { sender, context } = senderWith(send, DURABLE, dir);
  // The dead letters are full.
  context.reject = () => Promise.reject(new Error("no room"));
  await sender.start();
  for (const body of ["a", "b", "c"]) await sender.consume(batchOf(body), SIGNAL);
  await done.promise;
  await sender.shutdown(AbortSignal.timeout(5000));
  assert.deepEqual(bodies, ["a", "a", "b", "c"]);
});

test("who waits for a place when the exporter stops is refused", async () => {
  await using dir = await tempDir();
  const sink = gatedSink();
  sink.hold();
  const { sender } = senderWith(sink.send, { ...DURABLE, queue_size: 1 }, dir);
  await sender.start();
  await sender.consume(batchOf("a"), SIGNAL);
  const waiting = assert.rejects(sender.consume(batchOf("b"), SIGNAL), { code: "queue_closed" });
  const deadline = new AbortController();
  deadline.abort();
  await sender.shutdown(deadline.signal);
  await waiting;
});
