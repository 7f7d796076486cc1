import { codedMessage, PermanentError, RetryableError, TidewatchError } from "#core/errors.ts";
import { appendAudit } from "#store/audit.ts";
import type { Queryable } from "#store/database.ts";
import { failIntents } from "#store/effects.ts";
import { enqueue } from "#store/outbox.ts";
import { lockRun } from "#store/runs.ts";
import { moveStep, postponeStep, type Step, type StepClaim, type StepState } from "#store/steps.ts";
import type { PlaybookStep } from "../language/playbook.ts";
import { advance, RESPONDER } from "./advance.ts";
import { ask } from "./ask.ts";
import { StaleClaim } from "./make-effect.ts";
import type { Responder, RunContext } from "./run-context.ts";

/** One attempt at one step, under one claim. */
export interface Attempt {
  readonly responder: Responder;
  readonly context: RunContext;
  readonly definition: PlaybookStep;
  readonly claim: StepClaim & { readonly attempts: number };
}

const MAX_RETRY_WAIT_MS = 300_000;

/** Writes the outcome and moves the run on, in one transaction. @throws StaleClaim when the step is somebody else's. */
export async function endStep(attempt: Attempt, state: StepState, reason?: string): Promise<void> {
  await attempt.responder.store.transaction(async (tx) => {
    await lockRun(tx, attempt.context.id);
    if (!(await moveStep(tx, attempt.claim, state, reason))) throw new StaleClaim();
    if (state === "failed") await failIntents(tx, attempt.context.id, attempt.claim.id);
    await writeStepAudit(tx, attempt, "step_ended", { state, reason });
    await advance(tx, attempt.context);
  });
  attempt.responder.endedSteps.add(1, { action: attempt.definition.do, state });
}

/** Leaves the step with a person: it goes on when they approve. */
export async function parkStep(attempt: Attempt, step: Step, why: string): Promise<void> {
  await attempt.responder.store.transaction(async (tx) => {
    await lockRun(tx, attempt.context.id);
    if (!(await moveStep(tx, attempt.claim, "waiting_approval", why))) throw new StaleClaim();
    await ask(tx, attempt.context, step, why);
    await advance(tx, attempt.context);
  });
}

/** Lets the next responder take the step at once. */
export async function giveBackStep({ responder, claim }: Attempt): Promise<void> {
  await responder.store.transaction(async (tx) => {
    await postponeStep(tx, claim, 0, "the responder was stopped");
    await enqueue(tx, { runId: claim.runId, stepId: claim.id });
  });
}

/** Tries again later when it is the world's fault and there are tries left; otherwise the step has failed. */
export async function failStep(attempt: Attempt, error: unknown): Promise<void> {
  const { responder, definition, claim } = attempt;
  const { tries, wait } = definition.retry;
  const reason = codedMessage(error);
  if (error instanceof RetryableError && claim.attempts < tries) {
    const waitMs = error.retryAfterMs ?? Math.min(wait * 2 ** (claim.attempts - 1), MAX_RETRY_WAIT_MS);
    await responder.store.transaction(async (tx) => {
      await postponeStep(tx, claim, waitMs, reason);
      await enqueue(tx, { runId: claim.runId, stepId: claim.id, delayMs: waitMs });
    });
    return;
  }
  if (!(error instanceof TidewatchError)) {
    responder.log.error({ error, run: claim.runId, step: claim.id }, "a step failed in a way that it should not");
  } else if (error instanceof PermanentError) {
    responder.log.warn({ error, run: claim.runId, step: claim.id }, "a step failed");
  }
  await endStep(attempt, "failed", reason);
}

export async function writeStepAudit(
  tx: Queryable,
  { context, claim }: Attempt,
  event: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await appendAudit(tx, { actor: RESPONDER, event, run: context.id, step: claim.id, detail });
}
