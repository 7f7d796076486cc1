import type { Queryable } from "./database.ts";

/** How many runs that have not ended, or effects that stand, are in a state. */
export interface OpenWork {
  readonly kind: "run" | "effect";
  readonly state: string;
  /** Of effects; empty for runs. */
  readonly action: string;
  readonly count: number;
}

/** What the response has not ended yet. */
export function openWork(q: Queryable): Promise<OpenWork[]> {
  return q.query<OpenWork>(
    `select 'run' as kind, state, '' as action, count(*)::int as count from tidewatch.runs
     where finished_at is null group by state
     union all
     select 'effect', state, action, count(*)::int from tidewatch.effects
     where state in ('intent', 'active', 'expiring', 'undo_failed') group by state, action`,
  );
}
