import assert from "node:assert/strict";
import { test } from "node:test";
import { approve, showRun } from "../operate.ts";
import { fileHarness, states } from "#test/playbooks/harness.ts";
import { playbookText } from "#test/playbooks/playbook-text.ts";

const harness = await fileHarness();
const { world, store } = harness;

const PLAYBOOK = playbookText(
  "block",
  `
inputs:
  source: { type: ip, from: alert.client_address }
mode: enforce
steps:
  - { id: mark, do: test.mark, with: { name: $source }, expires: 1h }
`,
);

/** A run that was planned and asked for under one configuration, and is approved under another. */
async function approvedLater(source: string, later: object): Promise<Record<string, string>> {
  const before = await harness.respond({ mode: "approve" });
  const run = await harness.accept(PLAYBOOK, { entities: { clientAddress: source } });
  const digest = await harness.until(async () => {
    const view = await showRun(store, run);
    return view?.run.state === "waiting_approval" ? view.steps[0]?.digest : undefined;
  });
  await before.stop();
  const now = await harness.respond({ mode: "approve", ...later });
  await approve(store, { run, digest, by: "maria" });
  const view = await harness.ended(run);
  await now.stop();
  return states(view);
}

test("an approved plan is carried out when nothing has changed", async () => {
  assert.deepEqual(await approvedLater("203.0.113.1", {}), { mark: "applied" });
});

test("an address that became protected after the plan was approved is not touched", async () => {
  const guards = { protected_networks: ["203.0.113.0/24"] };
  assert.deepEqual(await approvedLater("203.0.113.2", { guards }), { mark: "refused" });
});

test("consent does not outweigh a mode that was lowered since", async () => {
  assert.deepEqual(await approvedLater("203.0.113.3", { mode: "observe" }), { mark: "observed" });
  assert.deepEqual(await approvedLater("203.0.113.4", { modes: { "test.mark": "observe" } }), { mark: "observed" });
});

test("only what was allowed to the end left a trace", async () => {
  assert.deepEqual(await world.calls(), ["apply 203.0.113.1"]);
});
