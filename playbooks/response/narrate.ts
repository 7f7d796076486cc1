import type { Logger } from "#core/context.ts";
import type { Step, StepState } from "#store/steps.ts";
import type { PlannedStep } from "../action.ts";
import { type RunContext, stepDigest } from "./run-context.ts";

/** What the log says about a step in a state; states without a sentence pass in silence. */
const SENTENCES: Partial<Record<StepState, string>> = {
  observed: "mode is observe, would have done this",
  applied: "done",
  already: "was there already",
  refused: "refused to act",
  waiting_approval: "waits for a person's consent",
};

/** Tells the operator in the log what a step would do, did, refused, or waits for; one line per effect. */
export function narrate(
  log: Logger,
  context: RunContext,
  step: Pick<Step, "id" | "action" | "state" | "planned" | "refused" | "reason">,
): void {
  const sentence = SENTENCES[step.state];
  if (sentence === undefined) return;
  const about = { playbook: context.playbook.playbook, run: context.id, step: step.id };
  if (step.state === "refused") {
    log.warn({ ...about, action: step.action, reason: step.reason ?? "" }, sentence);
    return;
  }
  const consent =
    step.state === "waiting_approval"
      ? { approve: `tidewatch approve ${context.id} ${stepDigest(context, step).slice(0, 16)} --by NAME` }
      : {};
  for (const planned of (step.planned ?? []) as readonly PlannedStep[])
    log.info({ ...about, effect: planned.says, ...consent }, sentence);
}
