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
  user: { type: text, from: alert.user }
mode: enforce
steps:
  - { id: mark, do: test.mark, with: { name: $user }, expires: 1h }
  - { id: tell, do: test.tell, with: { name: "{{ user }}" }, needs: [mark] }
`,
);

test("several responders share the work, and messages that come many times change nothing", async () => {
  const runs: string[] = [];
  for (let i = 0; i < 20; i++) runs.push(await harness.accept(PLAYBOOK, { entities: { user: `user${i}` } }));
  // Every message ten times over, and some that mean nothing.
  await store.query(
    "insert into tidewatch.outbox (run_id, step_id, due_at) select id, s, now() from tidewatch.runs, unnest(array[null, 'mark', 'tell']) s, generate_series(1, 10)",
  );
  await store.query(
    "insert into tidewatch.outbox (run_id, step_id, due_at) values ('no-such-run', null, now()), ($1, 'nope', now())",
    [runs[0] as string],
  );
  await Promise.all([1, 2, 3].map(() => harness.respond({ mode: "enforce" })));
  for (const run of runs) {
    const view = await harness.ended(run);
    assert.deepEqual(states(view), { mark: "applied", tell: "applied" });
  }
  const expected = runs.flatMap((_run, i) => [`apply user${i}`, `tell user${i}`]);
  assert.deepEqual((await world.calls()).sort(), expected.sort());
  assert.ok((await verifyAudit(store)).ok);
});

test("a run finishes on the version of its playbook that it began with", async () => {
  const newer = PLAYBOOK.replace("version: 1", "version: 2").replace('"{{ user }}"', '"two {{ user }}"');
  await world.fail("between", "before_apply", "retryable");
  const old = await harness.accept(PLAYBOOK, { entities: { user: "between" } });
  const young = await harness.accept(newer, { entities: { user: "later" } });
  const views = [await harness.ended(old), await harness.ended(young)];
  assert.deepEqual(
    views.map(({ run }) => run.version),
    [1, 2],
  );
  const told = (await world.calls()).filter((call) => call.startsWith("tell") && !call.includes("user"));
  assert.deepEqual(told.sort(), ["tell between", "tell two later"]);
});
