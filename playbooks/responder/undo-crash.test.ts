import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { verifyAudit } from "#store/audit.ts";
import type { Point } from "#test/playbooks/file-action.ts";
import { fileHarness, states } from "#test/playbooks/harness.ts";
import { playbookText } from "#test/playbooks/playbook-text.ts";
import { spawnResponder } from "#test/playbooks/spawn-responder.ts";
import { type RunView, showRun, undo } from "../operate.ts";

const harness = await fileHarness();
const { world, store } = harness;

/** Two effects stand while the run waits for a person: the undo takes back the effects, and must end the run as well. */
const PLAYBOOK = playbookText(
  "contain",
  `
inputs:
  user: { type: text, from: alert.user }
  address: { type: ip, from: alert.client_address }
mode: enforce
steps:
  - { id: user, do: test.mark, with: { name: $user }, expires: 1h }
  - { id: address, do: test.mark, with: { name: $address }, expires: 1h }
  - { id: asked, do: test.mark, with: { name: all }, mode: approve, expires: 1h, needs: [user, address] }
`,
);

const startChild = (t: TestContext): Promise<ChildProcess> =>
  spawnResponder(t, harness, { mode: "enforce", undo_timeout: "300ms" });

/** Resolves with the run once `isThere` says so. */
function seen(run: string, isThere: (view: RunView) => boolean): Promise<RunView> {
  return harness.until(async () => {
    const view = await showRun(store, run);
    return view !== undefined && isThere(view) ? view : undefined;
  });
}

const isTakenBack = ({ effects }: RunView): boolean => effects.every(({ state }) => state === "reverted_verified");

/** Where a responder dies: at a point of the action, or killed from outside before the undo is asked, or after its end. */
const DEATHS: readonly (readonly [when: string, at: Point | "asleep" | "done"])[] = [
  ["before the intent", "asleep"],
  ["after the intent", "probe"],
  ["just before the effect", "undo"],
  ["after the effect, before anybody knows", "after_undo"],
  ["after the outcome", "done"],
];

for (const [n, [when, at]] of DEATHS.entries()) {
  test(`kill -9 in an undo, ${when}: each effect is taken back exactly once and the run ends`, async (t) => {
    const [user, address] = [`user${n}`, `203.0.113.${n}`];
    const victim = await startChild(t);
    const died = once(victim, "exit");
    const run = await harness.accept(PLAYBOOK, { entities: { user, clientAddress: address } });
    await seen(run, (view) => view.run.state === "waiting_approval");
    if (at === "asleep") victim.kill("SIGKILL");
    else if (at !== "done") await world.fail(user, at, "kill");
    if (at === "asleep") await died;
    assert.equal(await undo(store, { run, by: "maria" }), 2);
    if (at === "done") {
      await seen(run, isTakenBack);
      victim.kill("SIGKILL");
    }
    assert.deepEqual(await died, [null, "SIGKILL"]);
    await startChild(t);
    const view = await seen(run, isTakenBack);
    assert.deepEqual(states(view), { user: "applied", address: "applied", asked: "skipped" });
    assert.ok(view.run.finishedAt !== null);
    const calls = (await world.calls()).filter((call) => call === `undo ${user}` || call === `undo ${address}`);
    assert.deepEqual(calls.sort(), [`undo ${address}`, `undo ${user}`]);
    assert.deepEqual(await world.standing(), []);
    assert.ok((await verifyAudit(store)).ok);
  });
}
