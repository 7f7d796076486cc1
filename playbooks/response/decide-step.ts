import { loadApprovals } from "#store/approvals.ts";
import type { Step } from "#store/steps.ts";
import type { PlannedStep } from "../action.ts";
import { evaluate, isTrue, type Scope } from "../language/evaluate.ts";
import type { PlaybookStep } from "../language/playbook.ts";
import { parseChecked } from "../language/trigger.ts";
import { lowestMode, modeForRisk } from "./mode.ts";
import { currentMode, refusePlanned, refuseStep } from "./plan-step.ts";
import { type Responder, type RunContext, stepDigest } from "./run-context.ts";

/** What is to become of a planned step right before its effect. */
export type Verdict =
  | { readonly do: "act"; readonly isApproved: boolean }
  | { readonly do: "ask"; readonly why: string }
  | { readonly do: "end"; readonly state: "observed" | "refused" | "skipped"; readonly reason?: string };

/** Whether the step's own condition holds, now that earlier steps have ended. */
export function conditionHolds({ when }: PlaybookStep, scope: Scope): boolean {
  return when === undefined || isTrue(evaluate(parseChecked(when), scope));
}

/**
 * The last look before an effect, by the configuration, guards and consent of now: time has passed since the plan,
 * and the message that woke us proves nothing.
 */
export async function decideStep(
  responder: Responder,
  context: RunContext,
  definition: PlaybookStep,
  step: Step,
  scope: Scope,
): Promise<Verdict> {
  const { risk } = responder.actions.get(step.action).factory;
  const mode = lowestMode(step.mode, modeForRisk(currentMode(responder, context, definition), risk));
  if (mode === "observe") return { do: "end", state: "observed" };
  const approvals = await loadApprovals(responder.store, context.id);
  const approval = approvals.find(({ stepId, state }) => stepId === step.id && state === "approved");
  if (approval !== undefined && approval.digest !== stepDigest(context, step)) {
    return { do: "end", state: "refused", reason: "the plan is not the one that was approved" };
  }
  if (mode === "approve" && approval === undefined) return { do: "ask", why: "mode is approve" };
  if (risk !== "notify") {
    const planned = (step.planned ?? []) as readonly PlannedStep[];
    const reason =
      refuseStep(responder, context, definition, scope) ??
      planned.map((effect) => refusePlanned(responder, effect)).find((found) => found !== undefined);
    if (reason !== undefined) return { do: "end", state: "refused", reason };
  }
  return { do: "act", isApproved: approval !== undefined };
}
