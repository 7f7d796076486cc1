import { PermanentError } from "#core/errors.ts";
import { type Approval, decideApproval, loadApprovals } from "#store/approvals.ts";
import { appendAudit, type AuditEntry, listAudit } from "#store/audit.ts";
import type { Store } from "#store/connect-store.ts";
import type { Queryable } from "#store/database.ts";
import { type HeldEffect, loadRunEffects, releaseRunEffects } from "#store/effects.ts";
import { loadRun, lockRun, type Run, setRunState } from "#store/runs.ts";
import { changeStep, loadSteps, type Step, type StepState } from "#store/steps.ts";
import { advance } from "./response/advance.ts";
import { runContext, stepDigest } from "./response/run-context.ts";

/** A run with everything that a person needs to judge it. */
export interface RunView {
  readonly run: Run;
  /** With the digest that an approval has to name; undefined as long as there is no plan. */
  readonly steps: readonly (Step & { readonly digest: string | undefined })[];
  readonly approvals: readonly Approval[];
  readonly effects: readonly HeldEffect[];
  readonly audit: readonly AuditEntry[];
}

export interface Decision {
  readonly run: string;
  /** Of the step, as it was shown; at least its first eight characters. */
  readonly digest: string;
  readonly by: string;
}

const MIN_DIGEST_LENGTH = 8;
const NOT_BEGUN: readonly StepState[] = ["pending", "waiting_approval", "ready"];

export async function showRun(store: Store, id: string): Promise<RunView | undefined> {
  const run = await loadRun(store, id);
  if (run === undefined) return undefined;
  const [steps, approvals, effects, audit] = await Promise.all([
    loadSteps(store, id),
    loadApprovals(store, id),
    loadRunEffects(store, id),
    listAudit(store, id),
  ]);
  const context = runContext(run);
  const withDigest = steps.map((step) => ({
    ...step,
    digest: step.planned === null ? undefined : stepDigest(context, step),
  }));
  return { run, steps: withDigest, approvals, effects, audit };
}

/** Consents to exactly the plan that has this digest. Returns the step. @throws PermanentError saying why it does not count. */
export function approve(store: Store, decision: Decision): Promise<string> {
  return decide(store, decision, "approved");
}

/** Refuses the plan that has this digest: its step is left out. @throws PermanentError saying why it does not count. */
export function deny(store: Store, decision: Decision): Promise<string> {
  return decide(store, decision, "denied");
}

/**
 * Takes a run back: steps that have not begun are left out, and it lets go of its lasting effects now; the responder
 * then undoes those that no other run holds. Returns how many effects the run held.
 */
export function undo(store: Store, { run: id, by }: { readonly run: string; readonly by: string }): Promise<number> {
  return store.transaction(async (tx) => {
    const run = await lockedRun(tx, id);
    for (const step of await loadSteps(tx, id)) {
      if (NOT_BEGUN.includes(step.state)) await changeStep(tx, step, step.state, "skipped", `taken back by ${by}`);
    }
    const released = await releaseRunEffects(tx, id);
    await appendAudit(tx, { actor: by, event: "undo_asked", run: id, detail: { effects: released } });
    if (run.inputs === null) await setRunState(tx, id, "cancelled", `taken back by ${by}`);
    else await advance(tx, runContext(run));
    return released;
  });
}

function decide(store: Store, decision: Decision, verdict: "approved" | "denied"): Promise<string> {
  const { run: id, by } = decision;
  return store.transaction(async (tx) => {
    const context = runContext(await lockedRun(tx, id));
    const step = await waitingStep(tx, id, decision.digest, (candidate) => stepDigest(context, candidate));
    const digest = stepDigest(context, step);
    if (!(await decideApproval(tx, { runId: id, stepId: step.id, digest, verdict, by }))) {
      throw new PermanentError("the request was decided or has expired", { code: "approval_closed" });
    }
    const [state, reason] =
      verdict === "approved" ? (["pending", `approved by ${by}`] as const) : (["skipped", `denied by ${by}`] as const);
    await changeStep(tx, step, "waiting_approval", state, reason);
    await appendAudit(tx, { actor: by, event: `approval_${verdict}`, run: id, step: step.id, detail: { digest } });
    await advance(tx, context);
    return step.id;
  });
}

async function lockedRun(tx: Queryable, id: string): Promise<Run> {
  const run = await lockRun(tx, id);
  if (run === undefined) throw new PermanentError(`there is no run ${id}`, { code: "unknown_run" });
  return run;
}

async function waitingStep(
  tx: Queryable,
  runId: string,
  digest: string,
  digestOf: (step: Step) => string,
): Promise<Step> {
  if (digest.length < MIN_DIGEST_LENGTH) {
    throw new PermanentError(`give at least ${MIN_DIGEST_LENGTH} characters of the digest`, {
      code: "approval_digest",
    });
  }
  const waiting = (await loadSteps(tx, runId)).filter(({ state }) => state === "waiting_approval");
  const [step, ...others] = waiting.filter((candidate) => digestOf(candidate).startsWith(digest));
  if (step !== undefined && others.length === 0) return step;
  throw new PermanentError("no step waits for approval of a plan with this digest", { code: "approval_digest" });
}
