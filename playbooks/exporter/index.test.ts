import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { alertToRecord } from "#core/alert-record.ts";
import { EMPTY_RESOURCE } from "#core/attributes.ts";
import type { Exporter, Extension } from "#core/component.ts";
import { RetryableError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { listAlerts } from "#store/alerts.ts";
import { verifyAudit } from "#store/audit.ts";
import { listRuns } from "#store/runs.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { fileHarness } from "#test/playbooks/harness.ts";
import { someAlert } from "#test/support/some-alert.ts";
import { playbooksExporter } from "./index.ts";

const harness = await fileHarness();
const { store, world } = harness;
const signal = AbortSignal.timeout(60_000);

const file = join(world.path, "playbook.yaml");
await writeFile(
  file,
  `
playbook: storm
version: 3
owner: dba
summary: Tells.
on:
  alert: ["auth.*"]
  where: alert.severity >= high
  once: { per: [user], within: 10m }
inputs:
  user: { type: text, from: alert.user }
steps:
  - { id: tell, do: notify.slack, with: { text: "{{ user }}" } }
`,
);

async function start(
  lent = store,
  raw: object = {},
): Promise<Exporter & { readonly context: ReturnType<typeof fakeContext> }> {
  const context = fakeContext({ extensions: { store: { store: lent } as Extension } });
  const exporter = playbooksExporter.prepare({ playbooks: [file], ...raw })(context);
  await exporter.start?.(signal);
  return { ...exporter, context };
}

const batch = (...alerts: Parameters<typeof someAlert>[0][]): ObjectBatch =>
  new ObjectBatch(
    EMPTY_RESOURCE,
    alerts.map((alert) => alertToRecord(someAlert(alert))),
  );

async function clear(): Promise<void> {
  await store.query("truncate tidewatch.runs, tidewatch.run_windows, tidewatch.outbox, tidewatch.alerts cascade");
}

test("a storm of alerts about one user is one run with a counter; other users get their own", async () => {
  await clear();
  const exporter = await start();
  const storm = Array.from({ length: 1000 }, () => ({ entities: { user: "mallory" } }));
  await exporter.consume(batch(...storm, { entities: { user: "eve" } }), signal);
  const runs = await listRuns(store, { limit: 10 });
  assert.deepEqual(runs.map(({ alertCount, version }) => [alertCount, version]).sort(), [
    [1, 3],
    [1000, 3],
  ]);
  assert.equal((await listAlerts(store, { limit: 2000 })).length, 1001);
  assert.equal((await store.query("select 1 from tidewatch.outbox")).length, 2);
  assert.ok((await verifyAudit(store)).ok);
});

test("a batch that is delivered again opens nothing again", async () => {
  await clear();
  const exporter = await start();
  const again = batch({ id: "same" });
  await exporter.consume(again, signal);
  await exporter.consume(again, signal);
  assert.equal((await listRuns(store, { limit: 10 })).length, 1);
});

test("alerts that no playbook answers are stored and open nothing", async () => {
  await clear();
  const exporter = await start();
  await exporter.consume(batch({ ruleName: "sqli.union" }, { severity: "low" }), signal);
  assert.equal((await listRuns(store, { limit: 10 })).length, 0);
  assert.equal((await listAlerts(store, { limit: 10 })).length, 2);
});

test("hostile alerts are data: quotes, NUL, a prototype's name, half a surrogate", async () => {
  await clear();
  const exporter = await start();
  for (const user of ["x'); drop table tidewatch.runs;--", "\0", "__proto__", "\ud800", "y".repeat(100_000)]) {
    await exporter.consume(batch({ entities: { user }, title: user, reason: user }), signal);
  }
  assert.equal((await listRuns(store, { limit: 10 })).length, 5);
});

test("what is no alert, or one with an absurd id, is set aside, and the rest goes through", async () => {
  await clear();
  const exporter = await start();
  const records = [{ body: "hello" }, alertToRecord(someAlert()), alertToRecord(someAlert({ id: "i".repeat(5000) }))];
  await exporter.consume(new ObjectBatch(EMPTY_RESOURCE, records), signal);
  assert.equal((await listAlerts(store, { limit: 10 })).length, 1);
  assert.deepEqual(
    exporter.context.rejected.map(({ reason }) => reason.message),
    ["not a usable alert: not an alert", "not a usable alert: its id is longer than 200 characters"],
  );
});

test("while the store is away nothing is accepted, and afterwards all is", async () => {
  await clear();
  let isAway = true;
  const flaky = {
    ...store,
    transaction: <T>(work: Parameters<typeof store.transaction<T>>[0]): Promise<T> => {
      if (!isAway) return store.transaction(work);
      isAway = false;
      return Promise.reject(new RetryableError("away"));
    },
  };
  const exporter = await start(flaky, { retry_on_failure: { initial_interval: "1ms", randomization_factor: 0 } });
  const { clock } = exporter.context;
  const accepted = exporter.consume(batch({}), signal);
  await (clock as { untilSleeping(): Promise<void> } & typeof clock).untilSleeping();
  assert.equal((await listAlerts(store, { limit: 10 })).length, 0);
  await (clock as { advance(ms: number): Promise<void> } & typeof clock).advance(10);
  await accepted;
  assert.equal((await listAlerts(store, { limit: 10 })).length, 1);
});

test("playbooks with mistakes stop the start, with all of them", async () => {
  const context = fakeContext({ extensions: { store: { store } as Extension } });
  const exporter = playbooksExporter.prepare({ playbooks: [join(world.path, "no.yaml")] })(context);
  await assert.rejects(exporter.start?.(signal) as Promise<void>, { code: "playbook" });
});
