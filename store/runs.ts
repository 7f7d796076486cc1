import { randomBytes } from "node:crypto";
import type { Queryable } from "./database.ts";
import { storableJson } from "./storable.ts";

export type RunState =
  | "received"
  | "waiting_approval"
  | "running"
  | "done"
  | "partial"
  | "failed"
  | "refused"
  | "observed"
  | "cancelled";

export interface Run {
  readonly id: string;
  readonly playbook: string;
  readonly version: number;
  readonly alertId: string;
  /** The playbook as it was when the run began; plain JSON, the caller's to read. */
  readonly definition: unknown;
  readonly alert: unknown;
  readonly state: RunState;
  readonly inputs: Readonly<Record<string, unknown>> | null;
  readonly reason: string | null;
  readonly alertCount: number;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface NewRun {
  readonly playbook: string;
  readonly version: number;
  readonly alertId: string;
  readonly definition: unknown;
  readonly alert: unknown;
  /** Alerts with the same key within the window join the first one's run. */
  readonly once?: { readonly key: string; readonly withinMs: number } | undefined;
}

const COLUMNS = `id, playbook, version, alert_id as "alertId", definition, alert, state, inputs, reason,
  alert_count as "alertCount", attempts, created_at as "createdAt", finished_at as "finishedAt"`;

/**
 * Opens a run, once per playbook and alert. Undefined when there is one already: the same alert delivered again, or
 * one more of a storm, which is only counted.
 */
export async function openRun(tx: Queryable, run: NewRun): Promise<string | undefined> {
  const again = await tx.query("select 1 from tidewatch.runs where playbook = $1 and alert_id = $2", [
    run.playbook,
    run.alertId,
  ]);
  if (again.length > 0 || (run.once !== undefined && (await joinOpenWindow(tx, run.playbook, run.once.key)))) {
    return undefined;
  }
  const id = randomBytes(8).toString("hex");
  const inserted = await tx.query(
    `insert into tidewatch.runs (id, playbook, version, alert_id, definition, alert) values ($1, $2, $3, $4, $5, $6)
     on conflict (playbook, alert_id) do nothing returning id`,
    [id, run.playbook, run.version, run.alertId, storableJson(run.definition), storableJson(run.alert)],
  );
  if (inserted.length === 0) return undefined;
  if (run.once !== undefined) {
    await tx.query(
      `insert into tidewatch.run_windows (playbook, once_key, run_id, until)
       values ($1, $2, $3, now() + $4 * interval '1 ms')
       on conflict (playbook, once_key) do update set run_id = excluded.run_id, until = excluded.until`,
      [run.playbook, run.once.key, id, run.once.withinMs],
    );
  }
  return id;
}

async function joinOpenWindow(tx: Queryable, playbook: string, key: string): Promise<boolean> {
  // Two transactions with the same key must not both find no window.
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${playbook}/${key}`]);
  const joined = await tx.query(
    `update tidewatch.runs set alert_count = alert_count + 1
     where id = (select run_id from tidewatch.run_windows where playbook = $1 and once_key = $2 and until > now())
     returning id`,
    [playbook, key],
  );
  return joined.length > 0;
}

export async function loadRun(q: Queryable, id: string): Promise<Run | undefined> {
  return (await q.query<Run>(`select ${COLUMNS} from tidewatch.runs where id = $1`, [id]))[0];
}

/** The run, locked until the transaction ends: whoever changes states of its steps holds this first. */
export async function lockRun(tx: Queryable, id: string): Promise<Run | undefined> {
  return (await tx.query<Run>(`select ${COLUMNS} from tidewatch.runs where id = $1 for update`, [id]))[0];
}

/** The latest runs first. */
export function listRuns(q: Queryable, { limit }: { readonly limit: number }): Promise<Run[]> {
  return q.query(`select ${COLUMNS} from tidewatch.runs order by created_at desc, id limit $1`, [limit]);
}

/** Takes a run for planning. Undefined when it is planned already, or another worker is at it. */
export async function claimRun(q: Queryable, id: string, leaseMs: number): Promise<number | undefined> {
  const [row] = await q.query<{ fence: number }>(
    `update tidewatch.runs set fence = fence + 1, attempts = attempts + 1, lease_until = now() + $2 * interval '1 ms'
     where id = $1 and state = 'received' and lease_until < now() returning fence`,
    [id, leaseMs],
  );
  return row?.fence;
}

/** Gives a claimed run back, to be planned again later. */
export async function releaseRun(q: Queryable, id: string, fence: number): Promise<void> {
  await q.query("update tidewatch.runs set lease_until = '-infinity' where id = $1 and fence = $2", [id, fence]);
}

/** Ends the planning of a claimed run. False when the claim has gone to somebody else. */
export async function saveRunPlan(
  tx: Queryable,
  run: { readonly id: string; readonly fence: number },
  inputs: unknown,
): Promise<boolean> {
  const rows = await tx.query(
    `update tidewatch.runs set inputs = $3, state = 'running', lease_until = '-infinity'
     where id = $1 and fence = $2 and state = 'received' returning id`,
    [run.id, run.fence, storableJson(inputs)],
  );
  return rows.length > 0;
}

/** Moves a run; the caller holds `lockRun` or the claim. False, and nothing changed, when it has ended already. */
export async function setRunState(tx: Queryable, id: string, state: RunState, reason?: string): Promise<boolean> {
  const ended = state !== "received" && state !== "running" && state !== "waiting_approval";
  const rows = await tx.query(
    `update tidewatch.runs set state = $2, reason = coalesce($3, reason), finished_at = case when $4 then now() end
     where id = $1 and finished_at is null returning id`,
    [id, state, reason ?? null, ended],
  );
  return rows.length > 0;
}

/** Runs that wait for planning longer than `idleMs`: their message may be lost. They count as sent again from now. */
export async function takeForgottenRuns(q: Queryable, idleMs: number, limit: number): Promise<string[]> {
  const rows = await q.query<{ id: string }>(
    `update tidewatch.runs set dispatched_at = now() where id in (
       select id from tidewatch.runs
       where state = 'received' and lease_until < now() and dispatched_at < now() - $1 * interval '1 ms'
       order by dispatched_at limit $2 for update skip locked)
     returning id`,
    [idleMs, limit],
  );
  return rows.map(({ id }) => id);
}
