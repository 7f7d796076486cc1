import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryableError } from "#core/errors.ts";
import { fakeActionEnvironment } from "#test/support/fake-action-environment.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { fakeTidbAdmin } from "#test/support/fake-tidb-admin.ts";
import { tidbKillSessions } from "./index.ts";

const NEVER = new AbortController().signal;
const EFFECT = { id: "e1", expiresAtMs: 1000 };

function build() {
  const pauses: number[] = [];
  // Nobody waits here; what was waited for is written down.
  const clock = { ...manualClock(), sleep: async (ms: number) => void pauses.push(ms) };
  const admin = fakeTidbAdmin([{ user: "app" }, { user: "root", isSuper: true }, { user: "responder" }]);
  const action = tidbKillSessions.prepare({})(fakeActionEnvironment({ prod: admin }, clock));
  let id = 0;
  const arrive = (user: string): void => {
    admin.sessions.push({ id: String(++id), user, client: "203.0.113.9:40000", instance: "127.0.0.1:10080" });
  };
  const plan = async (user: string) => action.plan({ cluster: "prod", user }, NEVER);
  return { admin, action, arrive, plan, pauses };
}

const REFUSALS: [user: string, reason: RegExp][] = [
  ["responder", /own user/],
  ["root", /has SUPER/],
  ["", /is empty/],
  ["a\nb", /control characters/],
];

for (const [user, reason] of REFUSALS) {
  test(`sessions of ${JSON.stringify(user)} are not killed, and the plan says why`, async () => {
    const { plan } = build();
    const { steps, refused } = await plan(user);
    assert.deepEqual(steps, []);
    assert.match(refused[0]!.reason, reason);
  });
}

test("sessions that come up between list and kill die too, and those of others live", async () => {
  const { admin, action, arrive, plan } = build();
  arrive("app");
  arrive("other");
  let late = 2;
  admin.beforeList = () => {
    if (late-- > 0) arrive("app");
  };
  const [step] = (await plan("app")).steps;
  await action.apply(step!, EFFECT, NEVER);
  assert.deepEqual(admin.killed.toSorted(), ["1", "3", "4"]);
  assert.deepEqual(
    admin.sessions.map(({ user }) => user),
    ["other"],
  );
});

test("a session that TiDB still lists after the kill is waited for, longer each time", async () => {
  const { admin, action, plan, pauses } = build();
  const dying = { id: "9", user: "app", client: "203.0.113.9:40000", instance: "127.0.0.1:10080" };
  let lists = 0;
  admin.beforeList = () => {
    if (++lists <= 4) admin.sessions.splice(0, admin.sessions.length, dying);
  };
  const [step] = (await plan("app")).steps;
  await action.apply(step!, EFFECT, NEVER);
  assert.equal(lists, 5);
  assert.ok(pauses.reduce((sum, ms) => sum + ms) > 100, `waited ${pauses.join(" ")} ms`);
});

test("a user who logs in faster than we kill makes the step fail, to be tried again", async () => {
  const { admin, action, arrive, plan } = build();
  admin.beforeList = () => arrive("app");
  const [step] = (await plan("app")).steps;
  await assert.rejects(action.apply(step!, EFFECT, NEVER), RetryableError);
});

test("while the effect stands, sessions that have come up since are killed", async () => {
  const { admin, action, arrive, plan } = build();
  const [step] = (await plan("app")).steps;
  await action.apply(step!, EFFECT, NEVER);
  arrive("app");
  await action.maintain!(step!, EFFECT, NEVER);
  assert.deepEqual(admin.killed, ["1"]);
});

test("nothing on the target tells that sessions were killed, and nothing is left to undo", async () => {
  const { action, plan } = build();
  const [step] = (await plan("app")).steps;
  assert.equal(await action.probe!(step!, EFFECT, NEVER), "unknown");
  await action.undo!(step!, EFFECT, NEVER);
});
