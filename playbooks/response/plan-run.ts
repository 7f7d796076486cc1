import { codedMessage, RetryableError, TidewatchError } from "#core/errors.ts";
import { appendAudit } from "#store/audit.ts";
import { takeBudget } from "#store/budgets.ts";
import type { Queryable } from "#store/database.ts";
import { claimRun, loadRun, lockRun, releaseRun, saveRunPlan, setRunState } from "#store/runs.ts";
import { insertSteps, type NewStep, STEP_ENDED } from "#store/steps.ts";
import type { PlaybookStep } from "../language/playbook.ts";
import { abortable } from "./abortable.ts";
import { advance, RESPONDER } from "./advance.ts";
import { ask } from "./ask.ts";
import { readInputs } from "./inputs.ts";
import { narrate } from "./narrate.ts";
import { planStep, type StepPlan } from "./plan-step.ts";
import { type Responder, type RunContext, runContext, runScope } from "./run-context.ts";

const MAX_ATTEMPTS = 5;

/** Plans a run that was received: what each step would do, whom to ask, what to start with. Safe to call twice. */
export async function planRun(responder: Responder, runId: string, signal: AbortSignal): Promise<void> {
  const { store, clusters } = responder;
  const run = await loadRun(store, runId);
  if (run?.state !== "received") return;
  const unread = runContext(run, { values: {}, missing: {} });
  const context = { ...unread, inputs: readInputs(unread.playbook, unread.alert, clusters) };
  const longestMs = Math.max(...context.playbook.steps.map(({ timeout }) => timeout));
  const fence = await claimRun(store, runId, longestMs * 1.5 + 1000);
  if (fence === undefined) return;
  if (run.attempts >= MAX_ATTEMPTS) return giveUp(responder, runId, run.attempts);
  // All at the same time: a target that is away must not delay the others.
  const steps: NewStep[] = await Promise.all(
    context.playbook.steps.map(async (step) => {
      const plan = await planNow(responder, context, step, signal);
      return { id: step.id, phase: "main", action: step.do, ...plan } as const;
    }),
  );
  if (signal.aborted) return releaseRun(store, runId, fence);
  for (const step of context.playbook.on_failure) {
    steps.push({ id: step.id, phase: "on_failure", action: step.do, ...LATER });
  }
  const written = await store.transaction(async (tx): Promise<readonly NewStep[]> => {
    await lockRun(tx, runId);
    if (!(await saveRunPlan(tx, { id: runId, fence }, context.inputs))) return [];
    const why = (await takeRunBudget(tx, responder, context, steps)) ? "mode is approve" : "over the limit of runs";
    const planned = steps.map((step) => (why === "mode is approve" ? step : demote(responder, step))).map(parkIfAsking);
    await insertSteps(tx, runId, planned);
    for (const step of planned) if (step.state === "waiting_approval") await ask(tx, context, step, why);
    const detail = { steps: planned.map(({ id, state, mode, reason }) => ({ id, state, mode, reason })) };
    await appendAudit(tx, { actor: RESPONDER, event: "run_planned", run: runId, detail });
    await advance(tx, context);
    return planned;
  });
  for (const step of written) {
    narrate(responder.log, context, step);
    if (STEP_ENDED.has(step.state)) responder.endedSteps.add(1, { action: step.action, state: step.state });
  }
}

/** Charges a run that would act by itself. False when the playbook has had all that it may have in this window. */
async function takeRunBudget(
  tx: Queryable,
  responder: Responder,
  { playbook }: RunContext,
  steps: readonly NewStep[],
): Promise<boolean> {
  const limit = playbook.limits.runs;
  if (limit === undefined || !steps.some((step) => demote(responder, step) !== step)) return true;
  return takeBudget(tx, `${playbook.playbook}/runs`, 1, limit);
}

/** A step that would act by itself, made to ask first. Others, and notifications, stay as they are. */
function demote({ actions }: Responder, step: NewStep): NewStep {
  // An action without settings never acts; it is skipped when its turn comes.
  if (step.state !== "pending" || step.mode !== "enforce" || !actions.has(step.action)) return step;
  return actions.get(step.action).factory.risk === "notify" ? step : { ...step, mode: "approve" };
}

function parkIfAsking(step: NewStep): NewStep {
  const asks = step.state === "pending" && step.mode === "approve" && step.planned !== null;
  return asks ? { ...step, state: "waiting_approval" } : step;
}

async function giveUp({ store, log }: Responder, runId: string, attempts: number): Promise<void> {
  log.error({ run: runId, attempts }, "planning a run ended the process again and again, giving it up");
  await store.transaction(async (tx) => {
    await lockRun(tx, runId);
    await setRunState(tx, runId, "failed", `planning was given up after ${attempts} attempts`);
    await appendAudit(tx, { actor: RESPONDER, event: "run_ended", run: runId, detail: { state: "failed" } });
  });
}

/** Not planned yet: the worker that takes the step plans it. */
const LATER = { state: "pending", mode: "enforce", planned: null, refused: [], reason: null } as const;

/** A target that cannot be asked now holds up its own step, and no other. */
async function planNow(
  responder: Responder,
  context: RunContext,
  step: PlaybookStep,
  signal: AbortSignal,
): Promise<StepPlan> {
  const timeout = AbortSignal.timeout(step.timeout);
  const scope = runScope(context, [], responder.guards);
  try {
    const limited = AbortSignal.any([signal, timeout]);
    return await abortable(planStep(responder, context, step, scope, limited), limited);
  } catch (error) {
    if (error instanceof RetryableError || timeout.aborted || signal.aborted) return LATER;
    if (!(error instanceof TidewatchError)) {
      responder.log.error({ error, step: step.id, run: context.id }, "planning failed in a way that it should not");
    }
    return { state: "failed", mode: "observe", planned: [], refused: [], reason: codedMessage(error) };
  }
}
