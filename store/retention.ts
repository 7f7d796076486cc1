import type { Queryable } from "./database.ts";

/**
 * Forgets alerts and ended runs that are older than `keepMs`, a bounded number at a time, and budgets of windows that
 * are over. Effects that still stand, their runs, and the audit chain stay. Returns how many rows went.
 */
export async function forgetOld(tx: Queryable, keepMs: number, limit: number): Promise<number> {
  const gone = [
    await tx.query(
      `delete from tidewatch.alerts where id in (
         select id from tidewatch.alerts where last_seen < now() - $1 * interval '1 ms'
           and received_at < now() - $1 * interval '1 ms' order by last_seen limit $2)
       returning 1`,
      [keepMs, limit],
    ),
    await tx.query(
      `with old as (
         delete from tidewatch.runs where id in (
           select r.id from tidewatch.runs r where r.finished_at < now() - $1 * interval '1 ms'
             and not exists (
               select 1 from tidewatch.effect_holders h join tidewatch.effects e on e.id = h.effect_id
               where h.run_id = r.id and e.state in ('intent', 'active', 'expiring', 'undo_failed'))
           order by r.finished_at limit $2)
         returning id)
       delete from tidewatch.effect_holders where run_id in (select id from old) returning 1`,
      [keepMs, limit],
    ),
    await tx.query(
      `delete from tidewatch.effects where id in (
         select e.id from tidewatch.effects e
         where e.changed_at < now() - $1 * interval '1 ms'
           and e.state not in ('intent', 'active', 'expiring', 'undo_failed')
           and not exists (select 1 from tidewatch.effect_holders h where h.effect_id = e.id)
         limit $2)
       returning 1`,
      [keepMs, limit],
    ),
    await tx.query("delete from tidewatch.budgets where window_start < now() - interval '31 days' returning 1"),
  ];
  return gone.reduce((sum, rows) => sum + rows.length, 0);
}
