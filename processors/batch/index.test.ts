import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogBatch } from "#core/batch.ts";
import { RetryableError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { batchProcessor } from "./index.ts";

const batchOf = (...bodies: string[]): LogBatch =>
  new ObjectBatch(
    { attributes: {} },
    bodies.map((body) => ({ body })),
  );
const SIGNAL = new AbortController().signal;
const NOBODY = { consume: () => Promise.resolve() };

/** The processor over a part that answers when the test says so. */
function gathered(settings: object = {}) {
  const taken: string[][] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const next = {
    consume: (batch: LogBatch) => {
      taken.push(Array.from(batch, ({ body }) => String(body)));
      return new Promise<void>((resolve, reject) => answers.push({ resolve, reject }));
    },
  };
  const processor = batchProcessor.prepare(settings)(fakeContext(), next, NOBODY);
  return { processor, taken, answers };
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
};

test("a batch goes on at once; what comes meanwhile goes together, and each is answered when it is safe", async () => {
  const { processor, taken, answers } = gathered();
  const sent = ["a", "b", "c"].map((body) => processor.consume(batchOf(body), SIGNAL));
  await turns();
  assert.deepEqual(taken, [["a"]]);
  let answered = 0;
  for (const one of sent) void one.then(() => answered++);
  answers[0]?.resolve();
  await turns();
  assert.deepEqual(taken, [["a"], ["b", "c"]]);
  assert.equal(answered, 1);
  answers[1]?.resolve();
  await Promise.all(sent);
});

test("a group that fails goes back to all who gave to it, and the next one is tried", async () => {
  const { processor, taken, answers } = gathered();
  const first = processor.consume(batchOf("a"), SIGNAL);
  const others = ["b", "c"].map((body) => processor.consume(batchOf(body), SIGNAL));
  await turns();
  answers[0]?.resolve();
  await first;
  await turns();
  answers[1]?.reject(new RetryableError("away", { code: "away" }));
  for (const one of others) await assert.rejects(one, { code: "away" });
  const again = processor.consume(batchOf("d"), SIGNAL);
  await turns();
  answers[2]?.resolve();
  await again;
  assert.deepEqual(taken.at(-1), ["d"]);
});

test("no more than send_batch_max_size records go together, and one batch that is larger goes in pieces", async () => {
  const { processor, taken, answers } = gathered({ send_batch_size: 1, send_batch_max_size: 3 });
  const sent = [["a"], ["b", "c"], ["d"], ["e", "f"], ["g", "h", "i", "j"]].map((bodies) =>
    processor.consume(batchOf(...bodies), SIGNAL),
  );
  for (let i = 0; i <= sent.length; i++) {
    await turns();
    answers[i]?.resolve();
  }
  await Promise.all(sent);
  assert.deepEqual(taken, [["a"], ["b", "c", "d"], ["e", "f"], ["g", "h", "i"], ["j"]]);
});

test("a batch that its giver takes back while it waits is left out", async () => {
  const { processor, taken, answers } = gathered();
  const first = processor.consume(batchOf("a"), SIGNAL);
  const stop = new AbortController();
  const second = processor.consume(batchOf("b"), stop.signal);
  const third = processor.consume(batchOf("c"), SIGNAL);
  stop.abort();
  await assert.rejects(second, { name: "AbortError" });
  answers[0]?.resolve();
  await turns();
  answers[1]?.resolve();
  await Promise.all([first, third]);
  assert.deepEqual(taken, [["a"], ["c"]]);
});

test("a largest size below the usual one is refused", () => {
  assert.throws(() => batchProcessor.prepare({ send_batch_size: 10, send_batch_max_size: 5 }), {
    message: /must not be less than send_batch_size/,
  });
});
