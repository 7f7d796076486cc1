import type { Queryable } from "./database.ts";
import { storableJson } from "./storable.ts";

export type StepState =
  | "pending"
  | "waiting_approval"
  | "ready"
  | "intent"
  | "applied"
  | "already"
  | "observed"
  | "refused"
  | "skipped"
  | "failed";

export const STEP_ENDED: ReadonlySet<StepState> = new Set([
  "applied",
  "already",
  "observed",
  "refused",
  "skipped",
  "failed",
] as const);

type Mode = "observe" | "approve" | "enforce";

export interface Step {
  readonly runId: string;
  readonly id: string;
  readonly phase: "main" | "on_failure";
  readonly action: string;
  readonly state: StepState;
  /** The effective mode at the time of planning. */
  readonly mode: Mode;
  /** Exact effects; plain JSON. Null as long as the target could not be asked. */
  readonly planned: readonly unknown[] | null;
  readonly refused: readonly { readonly what: string; readonly reason: string }[];
  readonly reason: string | null;
  readonly attempts: number;
}

export type NewStep = Omit<Step, "runId" | "attempts">;

/** A claim on one step. Whoever claims later has a higher fence, and then this one is worth nothing. */
export interface StepClaim {
  readonly runId: string;
  readonly id: string;
  readonly fence: number;
}

const COLUMNS = `run_id as "runId", id, phase, action, state, mode, planned, refused, reason, attempts`;

export async function insertSteps(tx: Queryable, runId: string, steps: readonly NewStep[]): Promise<void> {
  for (const [position, step] of steps.entries()) {
    await tx.query(
      `insert into tidewatch.steps (run_id, id, position, phase, action, state, mode, planned, refused, reason)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        runId,
        step.id,
        position,
        step.phase,
        step.action,
        step.state,
        step.mode,
        step.planned && storableJson(step.planned),
        storableJson(step.refused),
        step.reason,
      ],
    );
  }
}

/** In the order of the playbook. */
export function loadSteps(q: Queryable, runId: string): Promise<Step[]> {
  return q.query(`select ${COLUMNS} from tidewatch.steps where run_id = $1 order by position`, [runId]);
}

/** Takes a step that may go on. Undefined when it may not, or another worker is at it. */
export async function claimStep(
  q: Queryable,
  runId: string,
  id: string,
  leaseMs: number,
): Promise<(StepClaim & { readonly attempts: number }) | undefined> {
  const [row] = await q.query<{ fence: number; attempts: number }>(
    `update tidewatch.steps
     set fence = fence + 1, attempts = attempts + 1, lease_until = now() + $3 * interval '1 ms'
     where run_id = $1 and id = $2 and state in ('ready', 'intent') and lease_until < now() and next_try_at <= now()
     returning fence, attempts`,
    [runId, id, leaseMs],
  );
  return row && { runId, id, ...row };
}

/** Whether the claim still holds: asked right before every effect. */
export async function isClaimed(q: Queryable, { runId, id, fence }: StepClaim): Promise<boolean> {
  const rows = await q.query(
    `select 1 from tidewatch.steps where run_id = $1 and id = $2 and fence = $3 and lease_until > now()
       and state in ('ready', 'intent')`,
    [runId, id, fence],
  );
  return rows.length > 0;
}

/** Moves a claimed step. False, and nothing changed, when the claim has gone to somebody else. */
export async function moveStep(
  tx: Queryable,
  { runId, id, fence }: StepClaim,
  state: StepState,
  reason?: string,
): Promise<boolean> {
  const rows = await tx.query(
    `update tidewatch.steps set state = $4, reason = coalesce($5, reason),
       finished_at = case when $6 then now() end,
       lease_until = case when $4 = 'intent' then lease_until else '-infinity'::timestamptz end
     where run_id = $1 and id = $2 and fence = $3 and state in ('ready', 'intent') returning id`,
    [runId, id, fence, state, reason ?? null, STEP_ENDED.has(state)],
  );
  return rows.length > 0;
}

/** Gives a claimed step back, to be tried again after `waitMs`. */
export async function postponeStep(tx: Queryable, claim: StepClaim, waitMs: number, reason: string): Promise<void> {
  await tx.query(
    `update tidewatch.steps
     set lease_until = '-infinity', next_try_at = now() + $4 * interval '1 ms', dispatched_at = now() + $4 * interval '1 ms', reason = $5
     where run_id = $1 and id = $2 and fence = $3`,
    [claim.runId, claim.id, claim.fence, waitMs, reason],
  );
}

/** Moves a step that nobody works on; the caller holds `lockRun`. False when it is in another state by now. */
export async function changeStep(
  tx: Queryable,
  step: { readonly runId: string; readonly id: string },
  from: StepState,
  to: StepState,
  reason?: string,
): Promise<boolean> {
  const rows = await tx.query(
    `update tidewatch.steps set state = $4, reason = coalesce($5, reason), dispatched_at = now(),
       finished_at = case when $6 then now() end
     where run_id = $1 and id = $2 and state = $3 returning id`,
    [step.runId, step.id, from, to, reason ?? null, STEP_ENDED.has(to)],
  );
  return rows.length > 0;
}

/** Writes down what a claimed step is to do, for one that is planned late. False when the claim is worth nothing. */
export async function saveStepPlan(
  tx: Queryable,
  { runId, id, fence }: StepClaim,
  plan: Pick<NewStep, "planned" | "refused" | "mode">,
): Promise<boolean> {
  const rows = await tx.query(
    `update tidewatch.steps set planned = $4, refused = $5, mode = $6
     where run_id = $1 and id = $2 and fence = $3 and planned is null returning id`,
    [runId, id, fence, plan.planned && storableJson(plan.planned), storableJson(plan.refused), plan.mode],
  );
  return rows.length > 0;
}

/** Steps that should move and do not: their message may be lost. They count as sent again from now. */
export function takeForgottenSteps(
  q: Queryable,
  idleMs: number,
  limit: number,
): Promise<{ readonly runId: string; readonly id: string }[]> {
  return q.query(
    `update tidewatch.steps set dispatched_at = now() where (run_id, id) in (
       select run_id, id from tidewatch.steps
       where state in ('ready', 'intent') and lease_until < now() and next_try_at <= now()
         and dispatched_at < now() - $1 * interval '1 ms'
       order by dispatched_at limit $2 for update skip locked)
     returning run_id as "runId", id`,
    [idleMs, limit],
  );
}
