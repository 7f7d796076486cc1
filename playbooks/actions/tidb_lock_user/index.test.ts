import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, RetryableError } from "#core/errors.ts";
import { fakeActionEnvironment } from "#test/support/fake-action-environment.ts";
import { fakeTidbAdmin } from "#test/support/fake-tidb-admin.ts";
import { tidbLockUser } from "./index.ts";

const NEVER = new AbortController().signal;
const EFFECT = { id: "e1", expiresAtMs: 1000 };

function build(...accounts: Parameters<typeof fakeTidbAdmin>) {
  const admin = fakeTidbAdmin(...accounts);
  return { admin, action: tidbLockUser.prepare({})(fakeActionEnvironment({ prod: admin })) };
}

test("a plan has one step for each account of the user, with the statement it will run", async () => {
  const { action } = build([{ user: "app" }, { user: "app", host: "10.0.%" }, { user: "other" }]);
  const { steps, refused } = await action.plan({ cluster: "prod", user: "app" }, NEVER);
  assert.deepEqual(refused, []);
  assert.deepEqual(steps, [
    {
      says: 'ALTER USER `app`@`%` ACCOUNT LOCK ATTRIBUTE \'{"tidewatch": "<id of the effect>"}\'',
      key: "tidb.lock_user prod `app`@`%`",
      target: { cluster: "prod", user: "app", host: "%" },
    },
    {
      says: 'ALTER USER `app`@`10.0.%` ACCOUNT LOCK ATTRIBUTE \'{"tidewatch": "<id of the effect>"}\'',
      key: "tidb.lock_user prod `app`@`10.0.%`",
      target: { cluster: "prod", user: "app", host: "10.0.%" },
    },
  ]);
  const one = await action.plan({ cluster: "prod", user: "app", host: "%" }, NEVER);
  assert.deepEqual(one.steps, steps.slice(0, 1));
});

const REFUSALS: [what: string, accounts: Parameters<typeof fakeTidbAdmin>[0], user: string, reason: RegExp][] = [
  ["a user without an account", [], "ghost", /no such account/],
  ["a name with NUL", [{ user: "a\u0000" }], "a\u0000", /control characters/],
  ["a name of 300 characters", [], "a".repeat(300), /longer than 32/],
  ["the responder itself", [{ user: "responder" }], "responder", /own account/],
  ["an account with SUPER", [{ user: "root", isSuper: true }], "root", /has SUPER/],
  ["an account that somebody else has locked", [{ user: "old", locked: true }], "old", /not by Tidewatch/],
];

for (const [what, accounts, user, reason] of REFUSALS) {
  test(`${what} is refused with the reason`, async () => {
    const { action } = build(accounts);
    const { steps, refused } = await action.plan({ cluster: "prod", user }, NEVER);
    assert.deepEqual(steps, []);
    assert.equal(refused.length, 1);
    assert.match(refused[0]!.reason, reason);
  });
}

test("a refused account does not keep the others of the user from being locked", async () => {
  const { action } = build([
    { user: "app", host: "%", isSuper: true },
    { user: "app", host: "10.0.0.1" },
  ]);
  const { steps, refused } = await action.plan({ cluster: "prod", user: "app" }, NEVER);
  assert.deepEqual([steps.length, refused.length], [1, 1]);
});

test("the effect is absent before, ours after, and absent again when it is undone", async () => {
  const { admin, action } = build([{ user: "app" }]);
  const [step] = (await action.plan({ cluster: "prod", user: "app" }, NEVER)).steps;
  assert.equal(await action.probe!(step!, EFFECT, NEVER), "absent");
  await action.apply(step!, EFFECT, NEVER);
  await action.apply(step!, EFFECT, NEVER);
  assert.equal(await action.probe!(step!, EFFECT, NEVER), "ours");
  await action.undo!(step!, EFFECT, NEVER);
  assert.equal(await action.probe!(step!, EFFECT, NEVER), "absent");
  assert.equal(admin.accounts[0]?.locked, false);
});

test("a lock with another marker, or with none, is foreign, and undo leaves it", async () => {
  const { admin, action } = build([{ user: "app" }]);
  const [step] = (await action.plan({ cluster: "prod", user: "app" }, NEVER)).steps;
  for (const marker of ["e2", undefined]) {
    admin.accounts[0] = { ...admin.accounts[0]!, locked: true, marker };
    assert.equal(await action.probe!(step!, EFFECT, NEVER), "foreign");
    await action.undo!(step!, EFFECT, NEVER);
    assert.equal(admin.accounts[0].locked, true);
  }
});

test("an account that was dropped meanwhile is absent, and there is nothing to undo", async () => {
  const { admin, action } = build([{ user: "app" }]);
  const [step] = (await action.plan({ cluster: "prod", user: "app" }, NEVER)).steps;
  await action.apply(step!, EFFECT, NEVER);
  admin.accounts.length = 0;
  assert.equal(await action.probe!(step!, EFFECT, NEVER), "absent");
  await action.undo!(step!, EFFECT, NEVER);
});

test("a stored step that was tampered with is refused", async () => {
  const { action } = build([{ user: "app" }]);
  const [step] = (await action.plan({ cluster: "prod", user: "app" }, NEVER)).steps;
  for (const target of [
    { cluster: "prod", user: "app\n", host: "%" },
    { cluster: "prod", user: "app" },
  ]) {
    assert.throws(() => action.apply({ ...step!, target }, EFFECT, NEVER), ConfigError);
  }
});

test("an unreachable cluster and an unknown one are told apart", async () => {
  const { admin, action } = build([{ user: "app" }]);
  admin.unreachable = true;
  await assert.rejects(action.plan({ cluster: "prod", user: "app" }, NEVER), RetryableError);
  await assert.rejects(action.plan({ cluster: "nowhere", user: "app" }, NEVER), { name: "PermanentError" });
});
