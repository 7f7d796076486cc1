import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { PermanentError } from "#core/errors.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { batchOf, bodiesOf, DURABLE, gatedSink, senderWith, settledWithin, SIGNAL } from "#test/support/sender.ts";
import { systemClock } from "#test/support/system-clock.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import type { Send } from "./deliver.ts";
import { openQueue } from "./queue/open-queue.ts";

test("without storage a batch is safe only once it is delivered, one after the other", async () => {
  const sink = gatedSink();
  const { sender } = senderWith(sink.send, {});
  sink.hold();
  const first = sender.consume(batchOf("a"), SIGNAL);
  const second = sender.consume(batchOf("b"), SIGNAL);
  assert.equal(await settledWithin(Promise.race([first, second])), false);
  sink.open();
  await Promise.all([first, second]);
  assert.deepEqual(bodiesOf(sink.taken), ["a", "b"]);
});

test("a full queue without storage lets sources wait, or hands back at once when told to", async () => {
  for (const block_on_overflow of [true, false]) {
    const sink = gatedSink();
    const { sender } = senderWith(sink.send, { queue_size: 2, sizer: "items", block_on_overflow });
    sink.hold();
    const first = sender.consume(batchOf("a", "b"), SIGNAL);
    const second = sender.consume(batchOf("c"), SIGNAL);
    if (block_on_overflow) {
      assert.equal(await settledWithin(second), false);
      sink.open();
      await Promise.all([first, second]);
      assert.deepEqual(bodiesOf(sink.taken), ["a", "b", "c"]);
    } else {
      await assert.rejects(second, { code: "queue_full" });
      sink.open();
      await first;
    }
  }
});

test("a source that stops while it waits for a place takes nobody else's", async () => {
  const sink = gatedSink();
  const { sender } = senderWith(sink.send, { queue_size: 1 });
  sink.hold();
  const first = sender.consume(batchOf("a"), SIGNAL);
  const stop = new AbortController();
  const second = sender.consume(batchOf("b"), stop.signal);
  const third = sender.consume(batchOf("c"), SIGNAL);
  stop.abort();
  await assert.rejects(second, { name: "AbortError" });
  sink.open();
  await Promise.all([first, third]);
  assert.deepEqual(bodiesOf(sink.taken), ["a", "c"]);
});

test("with storage a batch is safe although the other side is away, and goes out in order when it is back", async () => {
  await using dir = await tempDir();
  const sink = gatedSink();
  sink.away(true);
  const { sender, context } = senderWith(sink.send, DURABLE, dir);
  await sender.start();
  for (const body of ["a", "b", "c"]) await sender.consume(batchOf(body), SIGNAL);
  await context.untilWarned();
  assert.equal(context.statuses.at(-1), "StatusRecoverableError");
  sink.away(false);
  await sink.until(3);
  assert.deepEqual(bodiesOf(sink.taken), ["a", "b", "c"]);
  await sender.shutdown(AbortSignal.timeout(5000));
  assert.equal(context.statuses.at(-1), "StatusOK");
});

test("what a stopped process had queued is sent by the next one, first and once", async () => {
  await using dir = await tempDir();
  const hung = gatedSink();
  hung.hold();
  const before = senderWith(hung.send, DURABLE, dir).sender;
  await before.start();
  for (const body of ["a", "b", "c"]) await before.consume(batchOf(body), SIGNAL);
  const deadline = new AbortController();
  deadline.abort();
  await before.shutdown(deadline.signal);
  assert.deepEqual(hung.taken, []);
  await assert.rejects(before.consume(batchOf("too late"), SIGNAL), { code: "queue_closed" });

  const sink = gatedSink();
  const { sender } = senderWith(sink.send, DURABLE, dir);
  await sender.start();
  await sender.consume(batchOf("d"), SIGNAL);
  await sink.until(4);
  await sender.shutdown(AbortSignal.timeout(5000));
  assert.deepEqual(bodiesOf(sink.taken), ["a", "b", "c", "d"]);
  const third = gatedSink();
  const after = senderWith(third.send, DURABLE, dir).sender;
  await after.start();
  await after.shutdown(AbortSignal.timeout(5000));
  assert.deepEqual(third.taken, []);
});

test("records that the other side refuses are set aside, and the batches after them go on", async () => {
  await using dir = await tempDir();
  const taken: unknown[] = [];
  const done = Promise.withResolvers<void>();
  const send: Send = (batch) => {
    const refused = Array.from(batch, ({ body }, index) => ({ body, index })).filter(({ body }) => body === "bad");
    taken.push(...Array.from(batch, ({ body }) => body).filter((body) => body !== "bad"));
    if (taken.includes("c")) done.resolve();
    return Promise.resolve({ refused: refused.map(({ index }) => ({ index, reason: new PermanentError("no") })) });
  };
  const { sender, context } = senderWith(send, DURABLE, dir);
  await sender.start();
  await sender.consume(batchOf("a", "bad", "b"), SIGNAL);
  await sender.consume(batchOf("c"), SIGNAL);
  await done.promise;
  await sender.shutdown(AbortSignal.timeout(5000));
  assert.deepEqual(taken, ["a", "b", "c"]);
  assert.deepEqual(
    context.rejected.flatMap(({ records }) => Array.from(records, ({ body }) => body)),
    ["bad"],
  );
});

test("an item that is whole and yet no batch is set aside with its bytes, and the next one goes on", async () => {
  await using dir = await tempDir();
  const queue = await openQueue(
    join(dir.path, "out"),
    { min_free_bytes: 0 },
    { clock: systemClock, log: fakeContext().log },
  );
  await queue.append({ payload: Buffer.from("no batch"), records: 1 }, SIGNAL);
  await queue.close();
  const sink = gatedSink();
  const { sender, context } = senderWith(sink.send, DURABLE, dir);
  await sender.start();
  await sender.consume(batchOf("a"), SIGNAL);
  await sink.until(1);
  await sender.shutdown(AbortSignal.timeout(5000));
  assert.equal(context.rejected[0]?.reason.code, "batch_bytes");
  assert.deepEqual(context.rejected[0]?.records.at(0).body, new Uint8Array(Buffer.from("no batch")));
});

test("a full queue on the disk hands records back at once when told to, and loses none that it took", async () => {
  await using dir = await tempDir();
  const sink = gatedSink();
  sink.away(true);
  const { sender } = senderWith(sink.send, { ...DURABLE, max_bytes: 20_000, block_on_overflow: false }, dir);
  await sender.start();
  const large = "x".repeat(3000);
  const taken: string[] = [];
  const fill = async (): Promise<void> => {
    for (let n = 0; ; n++) {
      await sender.consume(batchOf(`${n}${large}`), SIGNAL);
      taken.push(`${n}${large}`);
    }
  };
  await assert.rejects(fill(), { code: "queue_full" });
  assert.ok(taken.length > 1, `only ${taken.length}`);
  sink.away(false);
  await sink.until(taken.length);
  await sender.shutdown(AbortSignal.timeout(5000));
  assert.deepEqual(bodiesOf(sink.taken), taken);
});

test("a batch that is larger than the whole queue is set aside, and the next one goes on", async () => {
  await using dir = await tempDir();
  const sink = gatedSink();
  const { sender, context } = senderWith(sink.send, { ...DURABLE, max_bytes: 20_000 }, dir);
  await sender.start();
  await sender.consume(batchOf("x".repeat(30_000)), SIGNAL);
  await sender.consume(batchOf("a"), SIGNAL);
  await sink.until(1);
  await sender.shutdown(AbortSignal.timeout(5000));
  assert.deepEqual(
    context.rejected.map(({ reason }) => reason.code),
    ["queue_item_too_large"],
  );
  assert.deepEqual(bodiesOf(sink.taken), ["a"]);
});

test("two consumers send at once; what one cannot deliver stays until it can", async () => {
  await using dir = await tempDir();
  const sink = gatedSink();
  sink.hold();
  const { sender } = senderWith(sink.send, { ...DURABLE, num_consumers: 2 }, dir);
  await sender.start();
  for (const body of ["a", "b", "c", "d"]) await sender.consume(batchOf(body), SIGNAL);
  sink.open();
  await sink.until(4);
  await sender.shutdown(AbortSignal.timeout(5000));
  assert.deepEqual(bodiesOf(sink.taken).toSorted(), ["a", "b", "c", "d"]);
});

test("sending_queue switched off is no queue, and a storage that is not there is an error at the start", async () => {
  const sink = gatedSink();
  const { sender } = senderWith(sink.send, { enabled: false, storage: "file_storage" });
  await sender.start();
  await sender.consume(batchOf("a"), SIGNAL);
  assert.deepEqual(bodiesOf(sink.taken), ["a"]);
  await assert.rejects(async () => senderWith(sink.send, DURABLE).sender.start(), { code: "config" });
});
