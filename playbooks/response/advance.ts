import { enqueue } from "#store/outbox.ts";
import { appendAudit } from "#store/audit.ts";
import type { Queryable } from "#store/database.ts";
import { type RunState, setRunState } from "#store/runs.ts";
import { changeStep, loadSteps, type Step } from "#store/steps.ts";
import { hasEnded, isInEffect, type RunContext, stepOf } from "./run-context.ts";

/** Who a row of the audit chain names when no person is behind it. */
export const RESPONDER = "responder";

/**
 * Moves a run on after one of its steps changed: steps that waited for it become ready (or are left out), and the run
 * ends when nothing is left. The caller holds `lockRun`, so that two steps that end together see each other.
 */
export async function advance(tx: Queryable, context: RunContext): Promise<void> {
  let steps = await loadSteps(tx, context.id);
  for (const step of steps) {
    if (step.phase === "main" && (step.state === "pending" || step.state === "waiting_approval")) {
      await moveOn(tx, context, step, steps);
      // A step that is left out may be what the next one waits for.
      steps = await loadSteps(tx, context.id);
    }
  }
  if (steps.some((step) => step.phase === "main" && !hasEnded(step))) {
    const isWaiting = steps.some(({ state }) => state === "waiting_approval");
    const isMoving = steps.some(({ state }) => state === "ready" || state === "intent");
    await setRunState(tx, context.id, isWaiting && !isMoving ? "waiting_approval" : "running");
    return;
  }
  const hasFailed = steps.some(({ state }) => state === "failed");
  for (const step of steps.filter(({ state }) => state === "pending")) {
    if (hasFailed) await makeReady(tx, step);
    else await changeStep(tx, step, "pending", "skipped", "nothing failed");
  }
  steps = await loadSteps(tx, context.id);
  if (!steps.every(hasEnded)) {
    await setRunState(tx, context.id, "running");
    return;
  }
  const state = outcomeOf(steps.filter(({ phase }) => phase === "main"));
  if (!(await setRunState(tx, context.id, state))) return;
  await appendAudit(tx, { actor: RESPONDER, event: "run_ended", run: context.id, detail: { state } });
}

async function moveOn(tx: Queryable, context: RunContext, step: Step, steps: readonly Step[]): Promise<void> {
  const needs = stepOf(context, step.id).needs.map((id) => steps.find((other) => other.id === id));
  const unmet = needs.find((need) => need !== undefined && hasEnded(need) && !isInEffect(need.state));
  if (unmet !== undefined) {
    await changeStep(tx, step, step.state, "skipped", `needs ${unmet.id}, which is ${unmet.state}`);
  } else if (step.state === "pending" && needs.every((need) => need !== undefined && hasEnded(need))) {
    await makeReady(tx, step);
  }
}

async function makeReady(tx: Queryable, step: Step): Promise<void> {
  await changeStep(tx, step, "pending", "ready");
  await enqueue(tx, { runId: step.runId, stepId: step.id });
}

function outcomeOf(steps: readonly Step[]): RunState {
  const count = (...states: Step["state"][]): number => steps.filter(({ state }) => states.includes(state)).length;
  const inEffect = count("applied", "already");
  if (count("failed") > 0) return inEffect > 0 ? "partial" : "failed";
  if (inEffect > 0) return count("refused") > 0 ? "partial" : "done";
  if (count("refused") > 0) return "refused";
  return count("observed") > 0 ? "observed" : "done";
}
