import type { NewStep } from "#store/steps.ts";
import type { PlannedStep } from "../action.ts";
import { evaluate, isTrue, mentions, type Scope } from "../language/evaluate.ts";
import type { Mode, PlaybookStep } from "../language/playbook.ts";
import { parseTemplate, renderTemplate } from "../language/template.ts";
import { parseChecked } from "../language/trigger.ts";
import type { Inputs } from "./inputs.ts";
import { lowestMode, modeForRisk } from "./mode.ts";
import type { Responder, RunContext } from "./run-context.ts";

/** What a step would do, and whether it may: `state` is pending when it may, with or without asking. */
export type StepPlan = Pick<NewStep, "state" | "mode" | "planned" | "refused" | "reason">;

const MAX_EFFECTS = 100;
const MAX_KEY_LENGTH = 500;

/**
 * Plans one step; reads only. Dry run and real run share this to the last line, so what observe shows is what enforce
 * does. @throws RetryableError when the target cannot be asked.
 */
export async function planStep(
  responder: Responder,
  context: RunContext,
  step: PlaybookStep,
  scope: Scope,
  signal: AbortSignal,
): Promise<StepPlan> {
  if (!responder.actions.has(step.do)) {
    const reason = `${step.do} has no settings under the responder's actions`;
    return { state: "skipped", mode: "observe", planned: [], refused: [], reason };
  }
  const { factory, action } = responder.actions.get(step.do);
  const mode = modeForRisk(currentMode(responder, context, step), factory.risk);
  const ended = (state: StepPlan["state"], reason: string, refused: NewStep["refused"] = []): StepPlan => ({
    state,
    mode,
    planned: [],
    refused,
    reason,
  });
  if (step.when !== undefined && !mentions(parseChecked(step.when), "steps")) {
    if (!isTrue(evaluate(parseChecked(step.when), scope))) return ended("skipped", `not: ${step.when}`);
  }
  const lacking = missingInputs(step.with, context.inputs).join("; ");
  if (lacking !== "") return ended("skipped", lacking);
  if (factory.risk !== "notify") {
    const reason = refuseStep(responder, context, step, scope);
    if (reason !== undefined) return ended("refused", reason, [{ what: step.do, reason }]);
  }
  const plan = await action.plan(fillIn(step.with, scope), signal);
  const refused = [...plan.refused];
  const planned = plan.steps.filter((candidate) => {
    const reason = factory.risk === "notify" ? undefined : refusePlanned(responder, candidate);
    if (reason !== undefined) refused.push({ what: candidate.says, reason });
    return reason === undefined;
  });
  if (planned.length > MAX_EFFECTS) return ended("refused", `more than ${MAX_EFFECTS} effects in one step`, refused);
  if (planned.length === 0) {
    const [first] = refused;
    return first === undefined ? ended("skipped", "nothing to do") : ended("refused", first.reason, refused);
  }
  return { state: mode === "observe" ? "observed" : "pending", mode, planned, refused, reason: null };
}

/** The effective mode by the configuration of now. */
export function currentMode({ modes }: Responder, { playbook, inputs }: RunContext, step: PlaybookStep): Mode {
  const clusters = Object.entries(playbook.inputs)
    .filter(([, { type }]) => type === "cluster")
    .map(([name]) => modes.clusters[inputs.values[name] ?? ""]);
  return lowestMode(modes.global, ...clusters, playbook.mode, step.mode, modes.actions[step.do]);
}

/** Why the step may not be taken: an input of it is protected, or a guard of the playbook does not hold. */
export function refuseStep(
  { guards }: Responder,
  { playbook, inputs }: RunContext,
  step: PlaybookStep,
  scope: Scope,
): string | undefined {
  for (const name of usedInputs(step.with)) {
    const value = inputs.values[name];
    const type = playbook.inputs[name]?.type;
    if (value === undefined) continue;
    const reason = type === "tidb_account" ? guards.refuseAccount(value) : undefined;
    const refused = reason ?? (type === "ip" ? guards.refuseTarget(value) : undefined);
    if (refused !== undefined) return `${name}: ${refused}`;
  }
  const failed = playbook.guards.find((guard) => !isTrue(evaluate(parseChecked(guard), scope)));
  return failed === undefined ? undefined : `guard does not hold: ${failed}`;
}

/** Why this one effect may not be made. */
export function refusePlanned({ guards }: Responder, { key, target }: PlannedStep): string | undefined {
  if (key.length > MAX_KEY_LENGTH) return "the effect's key is too long to be told apart";
  return guards.refuseTarget(target);
}

function missingInputs(value: unknown, inputs: Inputs): string[] {
  return usedInputs(value).flatMap((name) => inputs.missing[name] ?? []);
}

function usedInputs(value: unknown): string[] {
  if (typeof value === "string") return value.startsWith("$") ? [value.slice(1)] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(usedInputs) : [];
}

/** The action's input: `$name` becomes the value itself, text with {{ }} becomes text, all else stays as written. */
function fillIn(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => fillIn(item, scope));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillIn(item, scope)]));
  }
  if (typeof value !== "string") return value;
  if (value.startsWith("$")) return scope.lookup([value.slice(1)]);
  if (!value.includes("{{")) return value;
  const template = parseTemplate(value);
  if ("problem" in template) throw new Error(`unchecked text: ${template.problem.message}`);
  return renderTemplate(template, scope);
}
