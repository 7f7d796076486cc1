import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Context } from "#core/context.ts";
import { quiet } from "#test/support/store.ts";
import { createResponder, isLocked } from "#test/support/responder.ts";
import { requireService } from "#test/support/require-service.ts";
import { startTidb } from "#test/support/tidb.ts";
import { actions } from "../actions/index.ts";
import { acceptAlerts } from "../exporter/accept-alerts.ts";
import { readPlaybook } from "../language/read-playbook.ts";
import { createTrigger } from "../language/trigger.ts";
import { showRun, undo } from "../operate.ts";
import { openHarness, states } from "#test/playbooks/harness.ts";
import { someAlert } from "#test/support/some-alert.ts";
import { responderExtension } from "./index.ts";

const SHIPPED = join(import.meta.dirname, "../../config/playbooks/contain-bruteforce.yaml");

test("a broken account is locked and disconnected on a real TiDB, and free again after the undo", async (t) => {
  if (!requireService(t, "tidb")) return;
  await using tidb = await startTidb();
  await createResponder(tidb);
  const victim = "o`neil';--";
  await tidb.root("CREATE USER 'o`neil'';--'@'%'");
  const session = await tidb.connect({ user: victim });
  await session.query("SELECT 1");
  const sessionEnds = new Promise((resolve) => session.on("error", resolve));

  await using harness = await openHarness();
  const { store } = harness;
  const text = await readFile(SHIPPED, "utf8");
  // Only what touches TiDB: whether this machine has nftables is another test's business.
  const playbook = readPlaybook(text, SHIPPED, actions);
  const trigger = createTrigger({ ...playbook, steps: playbook.steps.filter(({ id }) => id !== "block") });
  const context = { ...quiet, id: "responder", extension: () => ({ store }) } as unknown as Context;
  const responder = responderExtension.prepare({
    mode: "enforce",
    sweep_interval: "200ms",
    clusters: { main: { endpoint: `127.0.0.1:${tidb.port}`, username: "responder" } },
  })(context);
  await responder.start?.(AbortSignal.timeout(30_000));
  try {
    const alert = someAlert({
      ruleName: "auth.login_after_failures",
      entities: { user: victim, clientAddress: "203.0.113.9" },
    });
    await acceptAlerts(store, [trigger], [alert]);
    const [row] = await store.query<{ id: string }>("select id from tidewatch.runs");
    const run = row?.id ?? "";
    const view = await harness.ended(run);
    assert.deepEqual(states(view), {
      lock: "applied",
      kill: "applied",
      page_slack: "skipped",
      page_email: "skipped",
    });
    assert.equal(await isLocked(tidb, victim), true);
    await sessionEnds;
    await assert.rejects(tidb.connect({ user: victim }));
    await undo(store, { run, by: "maria" });
    await harness.until(async () => {
      const now = await showRun(store, run);
      return now?.effects.every(({ state }) => state.startsWith("reverted")) ? true : undefined;
    });
    assert.equal(await isLocked(tidb, victim), false);
  } finally {
    await responder.shutdown?.(AbortSignal.timeout(5000));
  }
});
