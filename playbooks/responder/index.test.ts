import assert from "node:assert/strict";
import { after, test } from "node:test";
import { verifyAudit } from "#store/audit.ts";
import { openHarness, states } from "#test/playbooks/harness.ts";

const harness = await openHarness();
after(() => harness[Symbol.asyncDispose]());
const { world, store } = harness;

const PLAYBOOK = `
playbook: contain
version: 1
owner: dba
summary: Marks the user and tells.
on: { alert: ["auth.*"] }
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
`;

test("an alert is answered: effect made once, verified, told, and on record", async () => {
  const responder = await harness.respond({ mode: "enforce" });
  const run = await harness.accept(PLAYBOOK, {});
  const view = await harness.ended(run);
  assert.equal(view.run.state, "done");
  assert.deepEqual(states(view), { mark: "applied", tell: "applied" });
  assert.deepEqual((await world.calls()).sort(), ["apply mallory", "tell mallory by auth.test"]);
  assert.deepEqual(await world.standing(), ["mallory"]);
  assert.deepEqual(await verifyAudit(store), { ok: true, rows: view.audit.length });
  await responder.stop();
});
