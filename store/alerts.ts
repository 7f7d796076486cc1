import type { Alert, AlertEntities } from "#core/alert.ts";
import type { Queryable } from "./database.ts";
import { storableJson } from "./storable.ts";

export interface StoredAlert {
  readonly id: string;
  readonly ruleName: string;
  readonly title: string;
  readonly severity: string;
  readonly reason: string;
  readonly count: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly entities: AlertEntities;
}

/** Writes an alert, or brings the one with this id up to date: count and last sighting only grow. */
export async function saveAlert(q: Queryable, alert: Alert): Promise<void> {
  await q.query(
    `insert into tidewatch.alerts as a
       (id, dedup_key, rule_id, rule_name, title, severity, reason, count, first_seen, last_seen, entities)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz, $10::timestamptz, $11)
     on conflict (id) do update set
       count = greatest(a.count, excluded.count),
       last_seen = greatest(a.last_seen, excluded.last_seen),
       reason = case when excluded.count > a.count then excluded.reason else a.reason end`,
    [
      alert.id,
      alert.dedupKey,
      alert.ruleId,
      alert.ruleName,
      alert.title,
      alert.severity,
      alert.reason,
      Number.isSafeInteger(alert.count) ? alert.count : Number.MAX_SAFE_INTEGER,
      toTimestamp(alert.firstSeenUnixNano),
      toTimestamp(alert.lastSeenUnixNano),
      storableJson(alert.entities),
    ],
  );
}

/** The latest alerts first; with `since`, only those that were seen then or later. */
export function listAlerts(
  q: Queryable,
  { limit, since }: { readonly limit: number; readonly since?: Date | undefined },
): Promise<StoredAlert[]> {
  return q.query(
    `select id, rule_name as "ruleName", title, severity, reason, count, first_seen as "firstSeen",
       last_seen as "lastSeen", entities
     from tidewatch.alerts where last_seen >= coalesce($2::timestamptz, '-infinity') order by last_seen desc, id limit $1`,
    [limit, since?.toISOString() ?? null],
  );
}

const LAST_MS = Date.UTC(9999, 0);

/** Whatever time a log claims, one that the column can hold. */
function toTimestamp(unixNano: bigint): string {
  const ms = Number(unixNano / 1_000_000n);
  return new Date(Math.min(LAST_MS, Math.max(0, ms))).toISOString();
}
