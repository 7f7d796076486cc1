import type { Queryable } from "./database.ts";

/** A message to be sent once the transaction that wrote it is durable: ids, and nothing else. */
export interface OutboxMessage {
  readonly id: string;
  readonly runId: string;
  /** null: the run as a whole. */
  readonly stepId: string | null;
}

/** Channel of the notifications that say there is something to send. */
export const OUTBOX = "tidewatch_outbox";

export async function enqueue(
  tx: Queryable,
  message: { readonly runId: string; readonly stepId?: string | undefined; readonly delayMs?: number },
): Promise<void> {
  await tx.query(
    "insert into tidewatch.outbox (run_id, step_id, due_at) values ($1, $2, now() + $3 * interval '1 ms')",
    [message.runId, message.stepId ?? null, message.delayMs ?? 0],
  );
  await tx.query("select pg_notify($1, '')", [OUTBOX]);
}

/** Takes messages that are due, for `leaseMs`; what is not deleted by then is handed out again. */
export function claimOutbox(q: Queryable, limit: number, leaseMs: number): Promise<OutboxMessage[]> {
  return q.query(
    `update tidewatch.outbox set lease_until = now() + $2 * interval '1 ms' where id in (
       select id from tidewatch.outbox where due_at <= now() and lease_until < now()
       order by id limit $1 for update skip locked)
     returning id, run_id as "runId", step_id as "stepId"`,
    [limit, leaseMs],
  );
}

export async function deleteOutbox(q: Queryable, ids: readonly string[]): Promise<void> {
  await q.query("delete from tidewatch.outbox where id = any($1::bigint[])", [ids]);
}

/** Milliseconds until the next message is due; undefined when there is none. */
export async function nextOutboxDueMs(q: Queryable): Promise<number | undefined> {
  const [row] = await q.query<{ ms: number | null }>(
    `select (extract(epoch from min(greatest(due_at, lease_until)) - now()) * 1000)::float8 as ms from tidewatch.outbox`,
  );
  return row?.ms ?? undefined;
}
