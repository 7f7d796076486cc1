import assert from "node:assert/strict";
import { test } from "node:test";
import type { EffectState } from "#store/effects.ts";
import { type RunView, showRun, undo } from "../operate.ts";
import { fileHarness, openHarness, states } from "#test/playbooks/harness.ts";
import { playbookText } from "#test/playbooks/playbook-text.ts";

const harness = await fileHarness();
const { world, store } = harness;
await harness.respond({ mode: "enforce" });

function playbook(name: string, { step = "", expires = "1h", rest = "" } = {}): string {
  return playbookText(
    name,
    `
inputs:
  user: { type: text, from: alert.user }
mode: enforce
steps:
  - { id: mark, do: test.mark, with: { name: $user }, expires: ${expires}, ${step} }
${rest}
`,
  );
}

function open(text: string, user: string): Promise<string> {
  return harness.accept(text, { entities: { user } });
}

/** Resolves once the run's effect is in this state. */
function effectIs(run: string, state: EffectState): Promise<RunView> {
  return harness.until(async () => {
    const view = await showRun(store, run);
    return view?.effects[0]?.state === state ? view : undefined;
  });
}

const callsOf = async (user: string): Promise<string[]> =>
  (await world.calls()).filter((call) => call.endsWith(` ${user}`));

test("an effect is taken back when its time is over, and that is verified", async () => {
  const run = await open(playbook("short", { expires: "1s" }), "brief");
  await harness.ended(run);
  assert.ok((await world.standing()).includes("brief"));
  await effectIs(run, "reverted_verified");
  assert.deepEqual(await callsOf("brief"), ["apply brief", "undo brief"]);
  assert.ok(!(await world.standing()).includes("brief"));
});

test("two runs hold one effect: it is made once, and stays until the second lets go", async () => {
  const first = await open(playbook("holder-one"), "shared");
  const second = await open(playbook("holder-two"), "shared");
  await Promise.all([harness.ended(first), harness.ended(second)]);
  assert.deepEqual(await callsOf("shared"), ["apply shared"]);
  assert.equal(await undo(store, { run: first, by: "maria" }), 1);
  const [effect] = (await effectIs(second, "active")).effects;
  assert.ok((await world.standing()).includes("shared"));
  await undo(store, { run: second, by: "maria" });
  await effectIs(second, "reverted_verified");
  assert.equal((await showRun(store, first))?.effects[0]?.id, effect?.id);
  assert.deepEqual(await callsOf("shared"), ["apply shared", "undo shared"]);
});

test("a holder who wants it for much longer tells the target so", async () => {
  await harness.ended(await open(playbook("hour"), "longer"));
  await harness.ended(await open(playbook("day", { expires: "1d" }), "longer"));
  assert.deepEqual(await callsOf("longer"), ["apply longer", "apply longer"]);
});

test("what a human took away meanwhile is drift: no undo, no error, not made again", async () => {
  const run = await open(playbook("drift", { expires: "1s" }), "freed");
  await harness.ended(run);
  await world.removeByHand("freed");
  await effectIs(run, "drifted");
  assert.deepEqual(await callsOf("freed"), ["apply freed"]);
});

test("while it stands in the ledger, what a human took away is not made again by the next run either", async () => {
  await harness.ended(await open(playbook("drift-one"), "released"));
  await world.removeByHand("released");
  const view = await harness.ended(await open(playbook("drift-two"), "released"));
  assert.deepEqual(states(view), { mark: "skipped" });
  assert.equal(view.effects[0]?.state, "drifted");
  const next = await harness.ended(await open(playbook("drift-three"), "released"));
  assert.deepEqual(states(next), { mark: "applied" });
});

test("what was there before us is left alone for good", async () => {
  await world.placeByHand("theirs");
  const run = await open(playbook("foreign", { expires: "1s" }), "theirs");
  const view = await harness.ended(run);
  assert.deepEqual(states(view), { mark: "already" });
  assert.equal(view.effects[0]?.state, "foreign");
  assert.deepEqual(await callsOf("theirs"), []);
});

test("a target that is away is tried again, and other steps do not wait for it", async () => {
  const rest = "  - { id: tell, do: test.tell, with: { name: '{{ user }} told' } }";
  await world.fail("away", "before_apply", "retryable");
  const view = await harness.ended(
    await open(playbook("away", { step: "retry: { tries: 3, wait: 300ms }", rest }), "away"),
  );
  assert.deepEqual(states(view), { mark: "applied", tell: "applied" });
  assert.equal(view.steps[0]?.attempts, 2);
});

test("a target that cannot be asked at planning holds up its own step only, and is planned later", async () => {
  const rest = "  - { id: tell, do: test.tell, with: { name: '{{ user }} planned' } }";
  await world.fail("unplanned", "plan", "retryable");
  const view = await harness.ended(await open(playbook("late", { rest }), "unplanned"));
  assert.deepEqual(states(view), { mark: "applied", tell: "applied" });
});

for (const [fault, reason] of [
  ["permanent", "the target refuses"],
  ["bug", "undefined is not a function"],
] as const) {
  test(`a ${fault} error ends the step at once, and on_failure says which step`, async () => {
    const rest = `on_failure:\n  - { id: page, do: test.tell, with: { name: "${fault}: {{ failed }}" } }`;
    await world.fail(`bad-${fault}`, "before_apply", fault);
    const view = await harness.ended(await open(playbook(`fails-${fault}`, { rest }), `bad-${fault}`));
    assert.equal(view.run.state, "failed");
    assert.deepEqual(states(view), { mark: "failed", page: "applied" });
    assert.equal(view.steps[0]?.reason, reason);
    assert.ok((await world.calls()).includes(`tell ${fault}: mark`));
  });
}

test("a target that hangs is cut off by the step's time-out and fails after its tries", async () => {
  await world.fail("stuck", "before_apply", "deaf");
  const step = "timeout: 200ms, retry: { tries: 1 }";
  const view = await harness.ended(await open(playbook("hang", { step }), "stuck"));
  assert.deepEqual(states(view), { mark: "failed" });
  assert.equal(view.steps[0]?.reason, "time-out");
});

test("an undo that fails is tried again", async () => {
  const run = await open(playbook("undo-retry"), "sticky");
  await harness.ended(run);
  await world.fail("sticky", "undo", "retryable");
  await undo(store, { run, by: "maria" });
  await effectIs(run, "reverted_verified");
});

test("an undo that keeps failing ends as a visible failure, and a person can ask for it again", async () => {
  const run = await open(playbook("undo-fails"), "glued");
  const view = await harness.ended(run);
  await store.query("update tidewatch.effects set undo_attempts = 4 where id = $1", [view.effects[0]?.id ?? ""]);
  await world.fail("glued", "undo", "permanent");
  await undo(store, { run, by: "maria" });
  const failed = await effectIs(run, "undo_failed");
  assert.equal(failed.effects[0]?.error, "the target refuses");
  await undo(store, { run, by: "maria" });
  await effectIs(run, "reverted_verified");
});

test("a crash between effect and outcome that outlives the step still ends in an undo", async () => {
  await world.fail("unknown", "after_apply", "permanent");
  const run = await open(playbook("unknown", { expires: "1s" }), "unknown");
  const view = await harness.ended(run);
  assert.deepEqual(states(view), { mark: "failed" });
  await harness.until(async () => ((await world.standing()).includes("unknown") ? undefined : true));
  assert.deepEqual(await callsOf("unknown"), ["apply unknown", "undo unknown"]);
});

test("conditions on earlier steps are judged when those have ended", async () => {
  const rest = `
  - { id: yes, do: test.tell, with: { name: "{{ user }} was marked" }, needs: [mark], when: steps.mark.applied }
  - { id: no, do: test.tell, with: { name: "never" }, when: "steps.mark.state == 'failed'", needs: [mark] }`;
  const view = await harness.ended(await open(playbook("conditions", { rest }), "when"));
  assert.deepEqual(states(view), { mark: "applied", yes: "applied", no: "skipped" });
});

test("a stop in the middle of a step gives it back, and the next responder ends it", async () => {
  const other = await openHarness();
  try {
    await other.world.fail("paused", "before_apply", "hang");
    const responder = await other.respond({ mode: "enforce" });
    const run = await other.accept(playbook("paused", { step: "timeout: 1h" }), { entities: { user: "paused" } });
    await other.world.met("paused", "before_apply");
    await responder.stop();
    await other.respond({ mode: "enforce" });
    assert.equal((await other.ended(run)).run.state, "done");
  } finally {
    await other[Symbol.asyncDispose]();
  }
});
