import type { Queryable } from "./database.ts";

export interface Limit {
  readonly count: number;
  readonly windowMs: number;
}

/**
 * Takes `amount` from a budget that is filled up at the start of each window (windows begin at whole multiples of
 * their length). False, and nothing taken, when there is not enough left.
 */
export async function takeBudget(tx: Queryable, name: string, amount: number, limit: Limit): Promise<boolean> {
  if (amount > limit.count) return false;
  const rows = await tx.query(
    `insert into tidewatch.budgets as b (name, window_start, used)
     values ($1, date_bin($4 * interval '1 ms', now(), 'epoch'), $2)
     on conflict (name, window_start) do update set used = b.used + excluded.used
       where b.used + excluded.used <= $3
     returning used`,
    [name, amount, limit.count, limit.windowMs],
  );
  return rows.length > 0;
}
