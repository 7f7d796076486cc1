import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeActionEnvironment } from "#test/support/fake-action-environment.ts";
import { requireService } from "#test/support/require-service.ts";
import { createResponder } from "#test/support/responder.ts";
import { startTidb } from "#test/support/tidb.ts";
import { createTidbAdmin } from "#tidb/admin/mysql-admin.ts";
import { tidbLockUser } from "./index.ts";

const NEVER = new AbortController().signal;
const EFFECT = { id: "e1", expiresAtMs: 1000 };

test("tidb.lock_user on a real TiDB, with the documented grants only", async (t) => {
  if (!requireService(t, "tidb")) return;
  await using tidb = await startTidb();
  await createResponder(tidb);
  const where = { host: "127.0.0.1", port: tidb.port, user: "responder" };
  const admin = createTidbAdmin({ ...where, connectTimeoutMs: 5000, queryTimeoutMs: 5000 });
  t.after(() => admin.close());
  const action = tidbLockUser.prepare({})(fakeActionEnvironment({ prod: admin }));

  await t.test("a locked account cannot log in from anywhere; undone, it can", async () => {
    await tidb.root("CREATE USER victim", "CREATE USER victim@'203.0.113.%'");
    const { steps } = await action.plan({ cluster: "prod", user: "victim" }, NEVER);
    assert.equal(steps.length, 2);
    for (const step of steps) await action.apply(step, EFFECT, NEVER);
    for (const step of steps) assert.equal(await action.probe!(step, EFFECT, NEVER), "ours");
    await assert.rejects(tidb.connect({ user: "victim" }), { errno: 3118 });
    await assert.rejects(tidb.connect({ user: "victim", from: "203.0.113.7" }), { errno: 3118 });
    for (const step of steps) await action.undo!(step, EFFECT, NEVER);
    for (const step of steps) assert.equal(await action.probe!(step, EFFECT, NEVER), "absent");
    await tidb.connect({ user: "victim" });
    await tidb.connect({ user: "victim", from: "203.0.113.7" });
  });

  await t.test("what a person has changed meanwhile is left alone", async () => {
    await tidb.root("CREATE USER freed");
    const [step] = (await action.plan({ cluster: "prod", user: "freed" }, NEVER)).steps;
    await action.apply(step!, EFFECT, NEVER);
    await tidb.root("ALTER USER freed ACCOUNT UNLOCK");
    assert.equal(await action.probe!(step!, EFFECT, NEVER), "absent");
    await action.undo!(step!, EFFECT, NEVER);
    await tidb.root("ALTER USER freed ACCOUNT LOCK");
    assert.equal(await action.probe!(step!, EFFECT, NEVER), "foreign");
    await action.undo!(step!, EFFECT, NEVER);
    await assert.rejects(tidb.connect({ user: "freed" }), { errno: 3118 });
  });

  await t.test("root is refused in the plan, and an account with SYSTEM_USER by the database", async () => {
    const root = await action.plan({ cluster: "prod", user: "root" }, NEVER);
    assert.deepEqual(root.steps, []);
    assert.match(root.refused[0]!.reason, /has SUPER/);
    await tidb.root("CREATE USER backup", "GRANT SYSTEM_USER ON *.* TO backup");
    const [step] = (await action.plan({ cluster: "prod", user: "backup" }, NEVER)).steps;
    await assert.rejects(action.apply(step!, EFFECT, NEVER), { name: "PermanentError", code: "tidb_privilege" });
    await tidb.connect({ user: "backup" });
  });

  await t.test("a name that is SQL locks the account of this name, and drops nobody", async () => {
    const user = "a'; DROP USER root;-- ";
    await tidb.root("CREATE USER `a'; DROP USER root;-- x`");
    assert.match((await action.plan({ cluster: "prod", user }, NEVER)).refused[0]!.reason, /no such account/);
    const { steps } = await action.plan({ cluster: "prod", user: `${user}x` }, NEVER);
    assert.match(steps[0]!.says, /^ALTER USER `a'; DROP USER root;-- x`@`%` ACCOUNT LOCK ATTRIBUTE/);
    await action.apply(steps[0]!, EFFECT, NEVER);
    await assert.rejects(tidb.connect({ user: `${user}x` }), { errno: 3118 });
    await tidb.connect();
  });
});
