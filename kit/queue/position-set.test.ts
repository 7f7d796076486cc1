import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#test/support/seeded-random.ts";
import { PositionSet } from "./position-set.ts";

test("a set of positions answers as a plain set does, and holds no more ranges than it has gaps", (t) => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const set = new PositionSet(1);
    const plain = new Set([0]);
    t.diagnostic(`seed ${seed}`);
    for (let k = 0; k < 40; k++) {
      const from = Math.floor(random() * 60);
      const to = from + Math.floor(random() * 6);
      set.add(from, to);
      for (let p = from; p < to; p++) plain.add(p);
      const open = Array.from({ length: 70 }, (_, p) => p).filter((p) => !plain.has(p));
      assert.equal(set.low, open[0]);
      for (let p = 0; p < 70; p++) assert.equal(set.has(p), plain.has(p));
      assert.equal(set.countOpen(from, 70), open.filter((p) => p >= from).length);
      assert.equal(
        set.nextOpen(from),
        open.find((p) => p >= from),
      );
      assert.equal(set.end, Math.max(set.low, ...[...plain].map((p) => p + 1)));
      for (const [n, range] of set.above.entries()) assert.ok(range.from > (set.above[n - 1]?.to ?? set.low));
    }
  }
});
