import { appendAudit } from "#store/audit.ts";
import { expireApproval } from "#store/approvals.ts";
import { enqueue } from "#store/outbox.ts";
import { loadRun, lockRun, takeForgottenRuns } from "#store/runs.ts";
import { changeStep, takeForgottenSteps } from "#store/steps.ts";
import { advance, RESPONDER } from "./advance.ts";
import { type Responder, runContext, stepOf } from "./run-context.ts";

const BATCH = 100;

/**
 * Sends again what should move and does not, and closes requests that nobody answered. If all messages are lost, these
 * sweeps alone bring every run to its end.
 */
export async function sweepRuns({ store }: Responder, intervalMs: number, signal: AbortSignal): Promise<void> {
  await store.transaction(async (tx) => {
    for (const runId of await takeForgottenRuns(tx, intervalMs, BATCH)) await enqueue(tx, { runId });
    for (const { runId, id } of await takeForgottenSteps(tx, intervalMs, BATCH)) {
      await enqueue(tx, { runId, stepId: id });
    }
  });
  while (!signal.aborted && (await closeUnanswered(store)));
}

/** Closes one request. False when there is none. */
function closeUnanswered(store: Responder["store"]): Promise<boolean> {
  return store.transaction(async (tx) => {
    const approval = await expireApproval(tx);
    if (approval === undefined) return false;
    const { runId, stepId } = approval;
    await lockRun(tx, runId);
    const run = await loadRun(tx, runId);
    if (run === undefined) return true;
    const context = runContext(run);
    const state = stepOf(context, stepId).approve.else === "fail" ? "failed" : "skipped";
    const step = { runId, id: stepId };
    if (!(await changeStep(tx, step, "waiting_approval", state, "nobody approved it in time"))) return true;
    await appendAudit(tx, { actor: RESPONDER, event: "approval_expired", run: runId, step: stepId, detail: { state } });
    await advance(tx, context);
    return true;
  });
}
