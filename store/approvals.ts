import type { Queryable } from "./database.ts";

type ApprovalState = "pending" | "approved" | "denied" | "expired";

export interface Approval {
  readonly runId: string;
  readonly stepId: string;
  /** What was shown to the person: consent to anything else is none. */
  readonly digest: string;
  readonly why: string;
  readonly state: ApprovalState;
  readonly expiresAt: Date;
  readonly decidedBy: string | null;
}

const COLUMNS = `run_id as "runId", step_id as "stepId", digest, why, state, expires_at as "expiresAt",
  decided_by as "decidedBy"`;

/** Asks for consent to one step; a second request for it changes nothing. */
export async function askApproval(
  tx: Queryable,
  ask: {
    readonly runId: string;
    readonly stepId: string;
    readonly digest: string;
    readonly why: string;
    readonly withinMs: number;
  },
): Promise<void> {
  await tx.query(
    `insert into tidewatch.approvals (run_id, step_id, digest, why, expires_at)
     values ($1, $2, $3, $4, now() + $5 * interval '1 ms') on conflict (run_id, step_id) do nothing`,
    [ask.runId, ask.stepId, ask.digest, ask.why, ask.withinMs],
  );
}

/**
 * Records a person's decision: only the first one, only in time, and only for the digest that they saw.
 * False when any of that does not hold.
 */
export async function decideApproval(
  tx: Queryable,
  decision: {
    readonly runId: string;
    readonly stepId: string;
    readonly digest: string;
    readonly verdict: "approved" | "denied";
    readonly by: string;
  },
): Promise<boolean> {
  const rows = await tx.query(
    `update tidewatch.approvals set state = $4, decided_by = $5, decided_at = now()
     where run_id = $1 and step_id = $2 and digest = $3 and state = 'pending' and expires_at > now() returning id`,
    [decision.runId, decision.stepId, decision.digest, decision.verdict, decision.by],
  );
  return rows.length > 0;
}

export function loadApprovals(q: Queryable, runId: string): Promise<Approval[]> {
  return q.query(`select ${COLUMNS} from tidewatch.approvals where run_id = $1 order by id`, [runId]);
}

/** Closes one request that nobody answered in time; undefined when there is none. */
export async function expireApproval(tx: Queryable): Promise<Approval | undefined> {
  const [approval] = await tx.query<Approval>(
    `update tidewatch.approvals set state = 'expired', decided_at = now() where id = (
       select id from tidewatch.approvals where state = 'pending' and expires_at <= now()
       order by expires_at limit 1 for update skip locked)
     returning ${COLUMNS}`,
  );
  return approval;
}
