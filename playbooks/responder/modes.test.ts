import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyAudit } from "#store/audit.ts";
import { approve, deny, type RunView, showRun, undo } from "../operate.ts";
import { fileHarness, states } from "#test/playbooks/harness.ts";
import { playbookText } from "#test/playbooks/playbook-text.ts";

const harness = await fileHarness();
const { world, store } = harness;

function playbook(name: string, { mode = "enforce", step = "", rest = "" } = {}): string {
  return playbookText(
    name,
    `
inputs:
  user: { type: text, from: alert.user }
  source: { type: ip, from: alert.client_address }
mode: ${mode}
${rest}
steps:
  - { id: mark, do: test.mark, with: { name: $user }, expires: 1h, ${step} }
  - { id: after, do: test.tell, with: { name: "after {{ user }}" }, needs: [mark] }
`,
  );
}

async function open(text: string, user: string, source = "203.0.113.9"): Promise<string> {
  return harness.accept(text, { entities: { user, clientAddress: source } });
}

/** The run once it waits for a person. */
function waiting(run: string): Promise<RunView> {
  return harness.until(async () => {
    const view = await showRun(store, run);
    return view?.run.state === "waiting_approval" ? view : undefined;
  });
}

function digestOf(view: RunView): string {
  return view.steps.find(({ id }) => id === "mark")?.digest ?? "";
}

const touched = async (user: string): Promise<string[]> => (await world.calls()).filter((call) => call.endsWith(user));

await harness.respond({ mode: "enforce", modes: { "test.tell": "enforce" }, guards: { proxies: ["10.1.0.0/24"] } });

test("observe plans to the last detail and touches nothing", async () => {
  const view = await harness.ended(await open(playbook("watch", { mode: "observe" }), "watched"));
  assert.equal(view.run.state, "observed");
  assert.deepEqual(states(view), { mark: "observed", after: "observed" });
  assert.deepEqual(view.steps[0]?.planned, [
    { says: "mark watched", key: "test.mark watched", target: { name: "watched" } },
  ]);
  assert.deepEqual(await touched("watched"), []);
});

test("approve waits for a person, and goes on with exactly what they saw", async () => {
  const run = await open(playbook("ask", { mode: "approve" }), "asked");
  const view = await waiting(run);
  assert.deepEqual(states(view), { mark: "waiting_approval", after: "pending" });
  await assert.rejects(approve(store, { run, digest: "0".repeat(64), by: "maria" }), { code: "approval_digest" });
  await assert.rejects(approve(store, { run, digest: "", by: "maria" }), { code: "approval_digest" });
  assert.deepEqual(await touched("asked"), []);
  assert.equal(await approve(store, { run, digest: digestOf(view).slice(0, 12), by: "maria" }), "mark");
  const ended = await harness.ended(run);
  assert.deepEqual(states(ended), { mark: "applied", after: "applied" });
  assert.ok(ended.audit.some(({ event, actor }) => event === "approval_approved" && actor === "maria"));
});

test("a plan that was changed after it had been approved is not carried out", async () => {
  const run = await open(playbook("forge", { mode: "approve" }), "forged");
  const view = await waiting(run);
  await store.transaction(async (tx) => {
    await tx.query("select 1 from tidewatch.runs where id = $1 for update", [run]);
    await tx.query("update tidewatch.approvals set state = 'approved', decided_by = 'x' where run_id = $1", [run]);
    const planned = JSON.stringify([{ says: "mark x", key: "test.mark x", target: { name: "somebody else" } }]);
    await tx.query("update tidewatch.steps set planned = $2, state = 'ready' where run_id = $1 and id = 'mark'", [
      run,
      planned,
    ]);
  });
  const ended = await harness.ended(run);
  assert.deepEqual(states(ended), { mark: "refused", after: "skipped" });
  assert.notEqual(digestOf(ended), digestOf(view));
  assert.deepEqual(await touched("somebody else"), []);
});

test("a step that is called ready without consent asks again, whoever called it so", async () => {
  const run = await open(playbook("promote", { mode: "approve" }), "promoted");
  await waiting(run);
  await store.query(
    "update tidewatch.steps set state = 'ready', dispatched_at = '-infinity' where run_id = $1 and id = 'mark'",
    [run],
  );
  await store.query("insert into tidewatch.outbox (run_id, step_id, due_at) values ($1, 'mark', now())", [run]);
  await harness.until(async () => {
    const [row] = await store.query<{ fence: number; state: string }>(
      "select fence, state from tidewatch.steps where run_id = $1 and id = 'mark'",
      [run],
    );
    return row !== undefined && row.fence > 0 && row.state === "waiting_approval" ? true : undefined;
  });
  assert.deepEqual(await touched("promoted"), []);
});

test("a person can refuse, once", async () => {
  const run = await open(playbook("refuse", { mode: "approve" }), "denied");
  const digest = digestOf(await waiting(run));
  await deny(store, { run, digest, by: "maria" });
  const view = await harness.ended(run);
  assert.deepEqual(states(view), { mark: "skipped", after: "skipped" });
  await assert.rejects(approve(store, { run, digest, by: "eve" }), { code: "approval_digest" });
});

test("taking back a run leaves out what has not begun", async () => {
  const run = await open(playbook("back", { mode: "approve" }), "taken-back");
  const digest = digestOf(await waiting(run));
  await undo(store, { run, by: "maria" });
  const view = await harness.ended(run);
  assert.deepEqual(states(view), { mark: "skipped", after: "skipped" });
  await assert.rejects(approve(store, { run, digest, by: "eve" }), { code: "approval_digest" });
  await undo(store, { run, by: "maria" });
  const again = await showRun(store, run);
  assert.equal(again?.audit.filter(({ event }) => event === "run_ended").length, 1);
  assert.deepEqual(await touched("taken-back"), []);
});

test("what does not exist cannot be decided or taken back", async () => {
  await assert.rejects(approve(store, { run: "nope", digest: "0".repeat(64), by: "x" }), { code: "unknown_run" });
  await assert.rejects(undo(store, { run: "nope", by: "x" }), { code: "unknown_run" });
  assert.equal(await showRun(store, "nope"), undefined);
});

for (const [silence, state] of [
  ["skip", "skipped"],
  ["fail", "failed"],
] as const) {
  test(`silence means ${silence}`, async () => {
    const step = `approve: { within: 300ms, else: ${silence} }`;
    const run = await open(playbook(`silence-${silence}`, { mode: "approve", step }), "nobody");
    const view = await harness.ended(run);
    assert.equal(states(view).mark, state);
    assert.equal(view.approvals[0]?.state, "expired");
  });
}

test("a step may lower the mode and never raise it", async () => {
  const lower = await harness.ended(await open(playbook("lower", { step: "mode: observe" }), "lowered"));
  assert.equal(states(lower).mark, "observed");
  const higher = await harness.ended(
    await open(playbook("higher", { mode: "observe", step: "mode: enforce" }), "raised"),
  );
  assert.equal(states(higher).mark, "observed");
});

test("a guard that does not hold refuses, and says which", async () => {
  const text = playbook("guarded", { rest: 'guards: ["not is_proxy(source)"]' });
  const view = await harness.ended(await open(text, "behind", "::ffff:10.1.0.4"));
  assert.deepEqual(states(view), { mark: "refused", after: "skipped" });
  assert.equal(view.steps[0]?.reason, "guard does not hold: not is_proxy(source)");
  assert.equal(view.run.state, "refused");
});

test("more effects than the limit ask a person, and notifications are left out", async () => {
  const text = playbook("limited", { rest: "limits: { verbs: { test.mark: 2/h, test.tell: 1/h } }" });
  const runs: string[] = [];
  for (const user of ["one", "two", "three"]) {
    const run = await open(text, user);
    runs.push(run);
    if (user !== "three") await harness.ended(run);
  }
  const view = await waiting(runs[2] as string);
  assert.equal(view.approvals[0]?.why, "over the limit for test.mark");
  await approve(store, { run: runs[2] as string, digest: digestOf(view), by: "maria" });
  const ended = await harness.ended(runs[2] as string);
  assert.deepEqual(states(ended), { mark: "applied", after: "skipped" });
});

test("more runs than the limit ask a person", async () => {
  const text = playbook("limited-runs", { rest: "limits: { runs: 1/h }" });
  assert.equal((await harness.ended(await open(text, "run1"))).run.state, "done");
  const view = await waiting(await open(text, "run2"));
  assert.equal(view.approvals[0]?.why, "over the limit of runs");
});

test("hostile names reach the target as they are, or not at all", async () => {
  const text = playbook("hostile");
  const names = ["a'; DROP USER root;--", "`b`@%", "{{ alert.id }}", "$(reboot)", "../../etc", "😀\u202e"];
  for (const user of names) {
    const view = await harness.ended(await open(text, user));
    assert.equal(states(view).mark, "applied");
  }
  const standing = await world.standing();
  // Direction marks and other invisible characters are made visible in inputs of type text.
  for (const name of names) assert.ok(standing.includes(name.replace("\u202e", "\\u202e")), name);
});

for (const source of [
  "localhost",
  "0x7f.1",
  "127.1",
  "10.0.0.1; show info",
  "10.0.0.0/0",
  "fe80::1%eth0",
  "1.2.3.4\n",
]) {
  test(`an address field that holds ${JSON.stringify(source)} makes no effect`, async () => {
    const text = playbook("address").replace("{ name: $user }", "{ name: $source }");
    const view = await harness.ended(await open(text, "x", source));
    assert.equal(states(view).mark, "skipped");
    assert.equal(view.steps[0]?.reason, "alert.client_address is not an IP address");
  });
}

for (const source of ["127.0.0.1", "0.0.0.0", "224.0.0.1", "169.254.169.254", "::1", "10.1.0.7"]) {
  test(`${source} is never a target`, async () => {
    const text = playbook("never").replace("{ name: $user }", "{ name: $source }");
    const view = await harness.ended(await open(text, "x", source));
    assert.equal(states(view).mark, "refused");
  });
}

test("all of this is one unbroken audit chain", async () => {
  assert.ok((await verifyAudit(store)).ok);
});
