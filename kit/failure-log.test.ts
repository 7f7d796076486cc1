import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeContext } from "#test/support/fake-context.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { FailureLog } from "./failure-log.ts";

test("of each place one line a minute is written, with how many were not, and silent ones are only counted", async () => {
  const clock = manualClock();
  const context = fakeContext({ clock });
  const log = new FailureLog(context, "it failed", { name: "failures", description: "Failures." });
  const fail = (place: string, silent = false): void => log.failed(place, new Error("why"), { silent });
  fail("a");
  fail("a");
  fail("b");
  fail("c", true);
  await clock.advance(59_000);
  fail("a");
  await clock.advance(1000);
  fail("a");
  assert.deepEqual(
    context.lines.map(({ level, fields, sentence }) => [
      level,
      fields["place"],
      fields["failures_not_logged"],
      sentence,
    ]),
    [
      ["warn", "a", 0, "it failed"],
      ["warn", "b", 0, "it failed"],
      ["warn", "a", 2, "it failed"],
    ],
  );
});
