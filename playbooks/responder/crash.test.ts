import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { verifyAudit } from "#store/audit.ts";
import { startRedis } from "#test/support/redis.ts";
import { requireService } from "#test/support/require-service.ts";
import type { Point } from "#test/playbooks/file-action.ts";
import { fileHarness, states } from "#test/playbooks/harness.ts";
import { playbookText } from "#test/playbooks/playbook-text.ts";
import { spawnResponder } from "#test/playbooks/spawn-responder.ts";

const harness = await fileHarness();
const { world, store } = harness;

/** One step after the other, so that a death in the second comes after the outcome of the first. */
const PLAYBOOK = playbookText(
  "contain",
  `
inputs:
  user: { type: text, from: alert.user }
  address: { type: ip, from: alert.client_address }
mode: enforce
steps:
  - { id: first, do: test.mark, with: { name: $user }, expires: 1h, timeout: 500ms }
  - { id: second, do: test.mark, with: { name: $address }, needs: [first], expires: 1h, timeout: 500ms }
`,
);

const startChild = (t: TestContext, config: object = {}): Promise<ChildProcess> =>
  spawnResponder(t, harness, { mode: "enforce", ...config });

const DEATHS: readonly (readonly [string, (run: number) => string, Point])[] = [
  ["before the intent", (n) => `user${n}`, "plan"],
  ["after the intent", (n) => `user${n}`, "probe"],
  ["after the effect, before anybody knows", (n) => `user${n}`, "after_apply"],
  ["after the outcome of the first step", (n) => `203.0.113.${n}`, "before_apply"],
];

for (const [n, [when, target, point]] of DEATHS.entries()) {
  test(`kill -9 ${when}: each effect is made exactly once and the run ends`, async (t) => {
    await world.fail(target(n), point, "kill");
    const victim = await startChild(t);
    const died = once(victim, "exit");
    const run = await harness.accept(PLAYBOOK, { entities: { user: `user${n}`, clientAddress: `203.0.113.${n}` } });
    assert.deepEqual(await died, [null, "SIGKILL"]);
    await startChild(t);
    const view = await harness.ended(run);
    assert.equal(view.run.state, "done");
    assert.deepEqual(states(view), { first: "applied", second: "applied" });
    const calls = (await world.calls()).filter((call) => call === `apply user${n}` || call === `apply 203.0.113.${n}`);
    assert.deepEqual(calls, [`apply user${n}`, `apply 203.0.113.${n}`]);
    assert.ok((await verifyAudit(store)).ok);
  });
}

test("Redis loses everything in the middle of a run: the sweep brings it to its end", async (t) => {
  if (!requireService(t, "redis")) return;
  await using redis = await startRedis();
  await world.fail("flushed", "probe", "kill");
  const config = { queue: { url: redis.url } };
  const victim = await startChild(t, config);
  const died = once(victim, "exit");
  const run = await harness.accept(PLAYBOOK, { entities: { user: "flushed", clientAddress: "203.0.113.77" } });
  await died;
  await redis.kill();
  await redis.restart();
  await startChild(t, config);
  const view = await harness.ended(run);
  assert.equal(view.run.state, "done");
  assert.equal((await world.calls()).filter((call) => call === "apply flushed").length, 1);
});

test("Redis is away when alerts come: the runs are accepted, and end when it is back", async (t) => {
  if (!requireService(t, "redis")) return;
  await using redis = await startRedis();
  const responder = await harness.respond({ mode: "enforce", queue: { url: redis.url } });
  await redis.kill();
  const run = await harness.accept(PLAYBOOK, { entities: { user: "outage", clientAddress: "203.0.113.78" } });
  await redis.restart();
  const view = await harness.ended(run);
  assert.equal(view.run.state, "done");
  await responder.stop();
});

test("Redis is away when the responder starts: it works once Redis is there, and stops in time without it", async (t) => {
  if (!requireService(t, "redis")) return;
  await using redis = await startRedis();
  await redis.stop();
  const responder = await harness.respond({ mode: "enforce", queue: { url: redis.url } });
  const run = await harness.accept(PLAYBOOK, { entities: { user: "late", clientAddress: "203.0.113.79" } });
  await redis.restart();
  assert.equal((await harness.ended(run)).run.state, "done");
  await redis.kill();
  await responder.stop();
});

test("kill -9 of the database: the responder goes on with the next one", async () => {
  const responder = await harness.respond({ mode: "enforce" });
  await harness.ended(await harness.accept(PLAYBOOK, { entities: { user: "pg1", clientAddress: "203.0.113.80" } }));
  await harness.killDatabase();
  const run = await harness.accept(PLAYBOOK, { entities: { user: "pg2", clientAddress: "203.0.113.81" } });
  assert.equal((await harness.ended(run)).run.state, "done");
  await responder.stop();
});
