import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyAudit } from "#store/audit.ts";
import { fileHarness, states } from "#test/playbooks/harness.ts";
import { playbookText } from "#test/playbooks/playbook-text.ts";

const harness = await fileHarness();
const { world, store } = harness;

const PLAYBOOK = playbookText(
  "contain",
  `
inputs:
  user: { type: tidb_account, from: alert.user }
mode: enforce
steps:
  - id: mark
    do: test.mark
    with: { name: $user }
    expires: 1h
  - id: tell
    do: test.tell
    with: { name: "{{ user }} by {{ alert.rule_name }}" }
`,
);

test("an alert is answered: effect made once, verified, told, and on record", async () => {
  const responder = await harness.respond({ mode: "enforce" });
  const run = await harness.accept(PLAYBOOK, {});
  const view = await harness.ended(run);
  assert.equal(view.run.state, "done");
  assert.deepEqual(states(view), { mark: "applied", tell: "applied" });
  assert.deepEqual((await world.calls()).sort(), ["apply mallory", "tell mallory by auth.test"]);
  assert.deepEqual(await world.standing(), ["mallory"]);
  assert.deepEqual(await verifyAudit(store), { ok: true, rows: view.audit.length });
  const ended = (action: string): string => `tidewatch_response_steps{action="${action}",state="applied"}`;
  let metrics = await responder.metrics();
  // Counted right after the run is seen to have ended.
  while (metrics.get(ended("test.tell")) === undefined) metrics = await responder.metrics();
  assert.equal(metrics.get(ended("test.mark")), 1);
  assert.equal(metrics.get('tidewatch_response_effects{action="test.mark",state="active"}'), 1);
  assert.equal(
    [...metrics.keys()].some((key) => key.startsWith("tidewatch_response_open_runs")),
    false,
    "the run has ended",
  );
  await responder.stop();
});
