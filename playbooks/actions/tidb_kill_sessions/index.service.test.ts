import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { systemClock } from "#service/clock.ts";
import { fakeActionEnvironment } from "#test/support/fake-action-environment.ts";
import { requireService } from "#test/support/require-service.ts";
import { createResponder } from "#test/support/responder.ts";
import { startTidb } from "#test/support/tidb.ts";
import { createTidbAdmin } from "#tidb/admin/mysql-admin.ts";
import { tidbKillSessions } from "./index.ts";

const NEVER = new AbortController().signal;
const EFFECT = { id: "e1", expiresAtMs: 1000 };

test("tidb.kill_sessions on a real TiDB, with the documented grants only", async (t) => {
  if (!requireService(t, "tidb")) return;
  await using tidb = await startTidb();
  await createResponder(tidb);
  await tidb.root("CREATE USER victim", "CREATE USER bystander");
  const where = { host: "127.0.0.1", port: tidb.port, user: "responder" };
  const admin = createTidbAdmin({ ...where, connectTimeoutMs: 5000, queryTimeoutMs: 5000 });
  t.after(() => admin.close());
  const action = tidbKillSessions.prepare({})(fakeActionEnvironment({ prod: admin }, systemClock));
  const [step] = (await action.plan({ cluster: "prod", user: "victim" }, NEVER)).steps;

  await t.test("all sessions of the user die, in the middle of a statement too", async () => {
    const idle = await tidb.connect({ user: "victim" });
    const busy = await tidb.connect({ user: "victim", from: "203.0.113.9" });
    const bystander = await tidb.connect({ user: "bystander" });
    await Promise.all([idle.query("BEGIN"), busy.query("SELECT 1"), bystander.query("SELECT 1")]);
    const idleLost = once(idle, "error");
    const slept = assert.rejects(busy.query("SELECT SLEEP(30)"), { code: "PROTOCOL_CONNECTION_LOST" });
    await action.apply(step!, EFFECT, NEVER);
    await Promise.all([idleLost, slept]);
    await bystander.query("SELECT 1");
  });

  await t.test("a session that had run nothing survives the lock and dies once it has run something", async () => {
    const silent = await tidb.connect({ user: "victim" });
    await admin.lockAccount({ user: "victim", host: "%" }, "e1", NEVER);
    await action.apply(step!, EFFECT, NEVER);
    await silent.query("SELECT 1");
    const lost = once(silent, "error");
    await action.maintain!(step!, EFFECT, NEVER);
    await lost;
    await assert.rejects(tidb.connect({ user: "victim" }), { errno: 3118 });
  });

  await t.test("without CONNECTION_ADMIN the step fails for good", async () => {
    await tidb.root("ALTER USER victim ACCOUNT UNLOCK", "REVOKE CONNECTION_ADMIN ON *.* FROM responder");
    const session = await tidb.connect({ user: "victim" });
    await session.query("SELECT 1");
    await assert.rejects(action.apply(step!, EFFECT, NEVER), { name: "PermanentError", code: "tidb_privilege" });
    await session.query("SELECT 1");
  });
});
