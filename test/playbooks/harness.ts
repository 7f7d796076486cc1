import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import type { Alert } from "#core/alert.ts";
import type { Context } from "#core/context.ts";
import type { Store } from "#store/connect-store.ts";
import { readableMeter, type Series } from "#test/support/read-metrics.ts";
import { someAlert } from "#test/support/some-alert.ts";
import { openTestStore, quiet } from "#test/support/store.ts";
import { acceptAlerts } from "../../playbooks/exporter/accept-alerts.ts";
import { readPlaybook } from "../../playbooks/language/read-playbook.ts";
import { createTrigger } from "../../playbooks/language/trigger.ts";
import { type RunView, showRun } from "../../playbooks/operate.ts";
import { createResponderExtension } from "../../playbooks/responder/index.ts";
import { fileActions, openWorld, type World } from "./file-action.ts";

/** A store, a world, and what is needed to run playbooks in it. */
export interface Harness extends AsyncDisposable {
  readonly store: Store;
  readonly world: World;
  /** Accepts an alert as the exporter does; returns the run that it opened. */
  accept(playbook: string, alert: Partial<Alert>): Promise<string>;
  /** A responder in this process, stopped with the harness at the latest. */
  respond(config: Readonly<Record<string, unknown>>): Promise<{ stop(): Promise<void>; metrics(): Promise<Series> }>;
  /** kill -9; resolves once its successor answers. */
  killDatabase(): Promise<void>;
  /** Resolves with the run once it has ended. */
  ended(runId: string): Promise<RunView>;
  /** Resolves with what `look` finds, asking again at each change in the audit chain until it finds something. */
  until<T>(look: () => Promise<T | undefined>): Promise<T>;
}

/** For all tests of a file; disposed of after the last. */
export async function fileHarness(): Promise<Harness> {
  const harness = await openHarness();
  after(() => harness[Symbol.asyncDispose]());
  return harness;
}

export async function openHarness(): Promise<Harness> {
  const opened = await openTestStore();
  const { store } = opened;
  const path = join(opened.dataDir, "world");
  await mkdir(path);
  const world = openWorld(path);
  const stops: (() => Promise<void>)[] = [];
  await store.query(`create function audit_told() returns trigger language plpgsql as
    $$ begin perform pg_notify('test_audit', ''); return null; end $$`);
  await store.query("create trigger told after insert on tidewatch.audit for each row execute function audit_told()");

  const until: Harness["until"] = async (look) => {
    let wake = Promise.withResolvers<void>();
    const listener = store.listen("test_audit", () => wake.resolve());
    try {
      for (;;) {
        const found = await look();
        if (found !== undefined) return found;
        await wake.promise;
        wake = Promise.withResolvers();
      }
    } finally {
      await listener.close();
    }
  };

  return {
    store,
    world,
    until,
    async accept(playbook, alert) {
      const trigger = createTrigger(readPlaybook(playbook, "test.yaml", fileActions(world)));
      const complete = someAlert(alert);
      await acceptAlerts(store, [trigger], [complete]);
      const [run] = await store.query<{ id: string }>("select id from tidewatch.runs where alert_id = $1", [
        complete.id,
      ]);
      if (run === undefined) throw new Error("the alert opened no run");
      return run.id;
    },
    async respond(config) {
      const { meter, read } = readableMeter();
      const context = { ...quiet, id: "responder", meter, extension: () => ({ store }) } as unknown as Context;
      const factory = createResponderExtension(fileActions(world));
      const responder = factory.prepare({ sweep_interval: "200ms", ...config })(context);
      await responder.start?.(AbortSignal.timeout(30_000));
      const stop = async (): Promise<void> => responder.shutdown?.(AbortSignal.timeout(5000));
      stops.push(stop);
      return { stop, metrics: read };
    },
    async killDatabase() {
      const connected = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let times = 0;
      const listener = store.listen("test_reconnect", () => connected[times++]?.resolve());
      await connected[0]?.promise;
      process.kill(
        Number.parseInt(await readFile(join(opened.dataDir, "postgres/postmaster.pid"), "utf8"), 10),
        "SIGKILL",
      );
      await connected[1]?.promise;
      await listener.close();
    },
    async ended(runId) {
      return until(async () => {
        const view = await showRun(store, runId);
        return view?.run.finishedAt === null ? undefined : view;
      });
    },
    async [Symbol.asyncDispose]() {
      for (const stop of stops) await stop();
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** Connection string of a store that this process started, for another process. */
export function storeUrl({ connection }: Store): string {
  if ("connectionString" in connection) return connection.connectionString;
  const { host, user, password, database } = connection;
  return `postgres://${user}:${password}@localhost/${database}?host=${encodeURIComponent(host)}`;
}

/** Steps by id, with their states. */
export function states({ steps }: RunView): Record<string, string> {
  return Object.fromEntries(steps.map(({ id, state }) => [id, state]));
}
