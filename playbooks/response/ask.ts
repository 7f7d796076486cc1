import { askApproval } from "#store/approvals.ts";
import { appendAudit } from "#store/audit.ts";
import type { Queryable } from "#store/database.ts";
import type { Step } from "#store/steps.ts";
import { RESPONDER } from "./advance.ts";
import { type RunContext, stepDigest, stepOf } from "./run-context.ts";

/** Asks a person for consent to exactly what the step has planned. The caller puts the step into `waiting_approval`. */
export async function ask(
  tx: Queryable,
  context: RunContext,
  step: Pick<Step, "id" | "planned" | "refused">,
  why: string,
): Promise<void> {
  const digest = stepDigest(context, step);
  const withinMs = stepOf(context, step.id).approve.within;
  await askApproval(tx, { runId: context.id, stepId: step.id, digest, why, withinMs });
  const detail = { digest, why, withinMs };
  await appendAudit(tx, { actor: RESPONDER, event: "approval_asked", run: context.id, step: step.id, detail });
}
