import assert from "node:assert/strict";
import { test } from "node:test";
import { metric } from "./metric.ts";
import { conserve } from "./run.ts";
import { NumberedLedger } from "./sources/numbered-ledger.ts";

/** Fresh ones each time; a failure names it, and `npm run test:conservation -- --fault F --seed S` repeats it. */
const seed = Date.now() % 1_000_000_000;

for (const fault of [
  "disk_full",
  "power_cut",
  "copy_truncate",
  "rotation_storm.stopped",
  "reload_storm",
  "sink_bulk.half",
]) {
  test(`conservation, ${fault}: nothing is lost, nothing is invented, the counters add up (seed ${seed})`, async () => {
    const { lost, invented, out_of_order, unreconciled, repeated_wrongly } = await conserve(fault, seed);
    assert.deepEqual(
      { lost, invented, out_of_order, unreconciled, repeated_wrongly },
      { lost: 0, invented: 0, out_of_order: 0, unreconciled: 0, repeated_wrongly: 0 },
    );
  });
}

test("the checker sees what is lost, invented, repeated and out of order", () => {
  const line = (n: number | string, seg = "0"): string =>
    JSON.stringify({ attributes: { "tidb.n": `${n}`, "tidb.seg": seg } });
  const ledger = new NumberedLedger(7, new Set([6]));
  for (const text of [line(0), line(2), line(2), line(1), line(9), line("x"), "{half", line(4, "1")]) ledger.take(text);
  assert.deepEqual(ledger.balance(), { lost: 2, invented: 3, repeated: 1, out_of_order: 1 });
  assert.equal(ledger.complete, false);
  assert.equal(metric('a{x="1"} 2\na{x="2"} 3\nab{x="1"} 9\n', "a"), 5);
  assert.equal(metric('a{x="1"} 2\na{x="2"} 3\n', "a", 'x="2"'), 3);
});
