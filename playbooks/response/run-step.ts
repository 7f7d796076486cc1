import { PermanentError, RetryableError } from "#core/errors.ts";
import { takeBudget } from "#store/budgets.ts";
import { holdEffect, loadRunEffects } from "#store/effects.ts";
import { loadRun, lockRun } from "#store/runs.ts";
import { claimStep, loadSteps, moveStep, saveStepPlan, type Step } from "#store/steps.ts";
import type { PlannedStep } from "../action.ts";
import type { Scope } from "../language/evaluate.ts";
import { abortable } from "./abortable.ts";
import { conditionHolds, decideStep } from "./decide-step.ts";
import { type Attempt, endStep, failStep, giveBackStep, parkStep, writeStepAudit } from "./end-step.ts";
import { type Made, makeEffect, StaleClaim } from "./make-effect.ts";
import { lowestMode } from "./mode.ts";
import { narrate } from "./narrate.ts";
import { planStep } from "./plan-step.ts";
import { type Responder, runContext, runScope, stepOf } from "./run-context.ts";

/** Claims beyond its tries that a step may use up, as when the process dies in the middle of it. */
const SPARE_CLAIMS = 5;

/** Takes one step as far as it goes now. Safe to call at any time, any number of times, from anywhere. */
export async function runStep(responder: Responder, runId: string, stepId: string, stop: AbortSignal): Promise<void> {
  const run = await loadRun(responder.store, runId);
  if (run === undefined || run.inputs === null) return;
  const context = runContext(run);
  const definition = stepOf(context, stepId);
  const claim = await claimStep(responder.store, runId, stepId, definition.timeout * 1.5 + 1000);
  if (claim === undefined) return;
  const attempt: Attempt = { responder, context, definition, claim };
  const timeout = AbortSignal.timeout(definition.timeout);
  try {
    const signal = AbortSignal.any([stop, timeout]);
    await abortable(go(attempt, signal), signal);
  } catch (error) {
    if (error instanceof StaleClaim) return;
    if (stop.aborted) return giveBackStep(attempt);
    await failStep(attempt, timeout.aborted ? new RetryableError("time-out", { cause: error }) : error);
  }
}

async function go(attempt: Attempt, signal: AbortSignal): Promise<void> {
  const { responder, context, definition, claim } = attempt;
  if (claim.attempts > definition.retry.tries + SPARE_CLAIMS) {
    throw new PermanentError(`given up after ${claim.attempts} attempts that came to no end`);
  }
  const steps = await loadSteps(responder.store, context.id);
  const step = steps.find(({ id }) => id === claim.id);
  if (step === undefined) throw new StaleClaim();
  const scope = runScope(context, steps, responder.guards);
  if (step.state === "ready" && !(await begin(attempt, step, scope, signal))) return;
  await makeEffects(attempt, signal);
}

/** From ready to intent: the last look, the budget, the intents. False when the step goes no further now. */
async function begin(attempt: Attempt, ready: Step, scope: Scope, signal: AbortSignal): Promise<boolean> {
  const { responder, context, definition } = attempt;
  if (!conditionHolds(definition, scope)) {
    await endStep(attempt, "skipped", `not: ${definition.when}`);
    return false;
  }
  const step = ready.planned === null ? await planLate(attempt, ready, scope, signal) : ready;
  if (step === undefined) return false;
  const verdict = await decideStep(responder, context, definition, step, scope);
  if (verdict.do === "end") await endStep(attempt, verdict.state, verdict.reason);
  else if (verdict.do === "ask") await parkStep(attempt, step, verdict.why);
  else if (await writeIntents(attempt, step, verdict.isApproved)) return true;
  else await overLimit(attempt, step);
  return false;
}

/** Plans a step whose target could not be asked when the run was planned, or that follows a failure. */
async function planLate(attempt: Attempt, ready: Step, scope: Scope, signal: AbortSignal): Promise<Step | undefined> {
  const { responder, context, definition, claim } = attempt;
  const plan = await planStep(responder, context, definition, scope, signal);
  const mode = lowestMode(ready.mode, plan.mode);
  if (!(await saveStepPlan(responder.store, claim, { ...plan, mode }))) throw new StaleClaim();
  if (plan.state === "pending") return { ...ready, planned: plan.planned, refused: plan.refused, mode };
  await endStep(attempt, plan.state, plan.reason ?? undefined);
  return undefined;
}

/** Takes the budget and writes all intents in one transaction. False, and nothing written, when the budget is spent. */
async function writeIntents(attempt: Attempt, step: Step, isApproved: boolean): Promise<boolean> {
  const { responder, context, definition, claim } = attempt;
  const { playbook, id: runId } = context;
  const planned = (step.planned ?? []) as readonly PlannedStep[];
  const limit = isApproved ? undefined : playbook.limits.verbs[definition.do];
  return responder.store.transaction(async (tx) => {
    await lockRun(tx, runId);
    const budget = `${playbook.playbook}/verb/${definition.do}`;
    if (limit !== undefined && !(await takeBudget(tx, budget, planned.length, limit))) return false;
    if (!(await moveStep(tx, claim, "intent"))) throw new StaleClaim();
    for (const effect of planned) {
      const { key } = effect;
      const want = {
        key,
        action: definition.do,
        planned: effect,
        runId,
        stepId: step.id,
        expiresMs: definition.expires,
      };
      if ((await holdEffect(tx, want)) === undefined) throw new RetryableError("the effect is just being taken back");
    }
    await writeStepAudit(tx, attempt, "step_intent", { says: planned.map(({ says }) => says) });
    return true;
  });
}

/** Containment asks a person instead; a notification that nobody would read among so many is left out. */
async function overLimit(attempt: Attempt, step: Step): Promise<void> {
  const why = `over the limit for ${step.action}`;
  const { risk } = attempt.responder.actions.get(step.action).factory;
  if (risk === "notify") await endStep(attempt, "skipped", why);
  else await parkStep(attempt, step, why);
}

async function makeEffects(attempt: Attempt, signal: AbortSignal): Promise<void> {
  const { responder, context, definition, claim } = attempt;
  const action = responder.actions.get(definition.do);
  const held = (await loadRunEffects(responder.store, context.id)).filter(({ stepId }) => stepId === claim.id);
  const made: Made[] = [];
  for (const effect of held) {
    made.push(await makeEffect(responder, action, claim, effect, { signal, timeoutMs: definition.timeout }));
  }
  if (made.includes("applied")) {
    await endStep(attempt, "applied");
    const planned = held.map((effect) => effect.planned);
    narrate(responder.log, context, {
      ...claim,
      action: definition.do,
      state: "applied",
      planned,
      refused: [],
      reason: null,
    });
    return;
  }
  if (made.includes("already")) return endStep(attempt, "already", "it was there, and not by us");
  await endStep(attempt, "skipped", "somebody has taken the effect away while it stood");
}
