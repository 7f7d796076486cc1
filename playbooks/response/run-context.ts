import { createHash } from "node:crypto";
import type { Counter } from "@opentelemetry/api";
import type { Clock, Logger } from "#core/context.ts";
import type { Store } from "#store/connect-store.ts";
import type { Run } from "#store/runs.ts";
import { type Step, STEP_ENDED } from "#store/steps.ts";
import { canonicalJson } from "#store/storable.ts";
import type { AlertFacts } from "../language/alert-facts.ts";
import type { Scope } from "../language/evaluate.ts";
import { createFunctions } from "../language/functions.ts";
import type { Playbook, PlaybookStep } from "../language/playbook.ts";
import { alertValue } from "../language/trigger.ts";
import type { ActionSet } from "./action-set.ts";
import type { Guards } from "./guards.ts";
import type { Inputs } from "./inputs.ts";
import type { ModePolicy } from "./mode.ts";

/** What every part of the response works with. */
export interface Responder {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** Counts steps that have ended, by `action` and `state`. */
  readonly endedSteps: Counter;
  readonly actions: ActionSet;
  readonly guards: Guards;
  readonly modes: ModePolicy;
  /** Names of the configured clusters. */
  readonly clusters: readonly string[];
  /** Time allowed for taking back or renewing one effect; when the process dies, nobody else is at it for a second more. */
  readonly undoTimeoutMs: number;
}

/** A run with its playbook and inputs in their own types. */
export interface RunContext {
  readonly id: string;
  readonly playbook: Playbook;
  readonly alert: AlertFacts;
  readonly inputs: Inputs;
}

/** The stored definition was checked when the run was opened. */
export function runContext(run: Run, inputs = run.inputs as unknown as Inputs): RunContext {
  return { id: run.id, playbook: run.definition as Playbook, alert: run.alert as AlertFacts, inputs };
}

/** @throws Error when the stored playbook has no such step. */
export function stepOf({ playbook }: RunContext, id: string): PlaybookStep {
  const step = [...playbook.steps, ...playbook.on_failure].find((candidate) => candidate.id === id);
  if (step === undefined) throw new Error(`playbook ${playbook.playbook} has no step ${id}`);
  return step;
}

/** What names mean in the conditions and texts of a run. */
export function runScope(context: RunContext, steps: readonly Step[], guards?: Guards): Scope {
  const { id, playbook, alert, inputs } = context;
  return {
    functions: createFunctions(guards),
    lookup(path) {
      const [name = "", stepId, field] = path;
      if (name === "alert") return alertValue(alert, path.join("."));
      if (name === "run") return id;
      if (name === "playbook") return playbook.playbook;
      if (name === "failed") return steps.filter(({ state }) => state === "failed").map((step) => step.id);
      if (name !== "steps") return Object.hasOwn(inputs.values, name) ? (inputs.values[name] ?? null) : null;
      const state = steps.find((step) => step.id === stepId)?.state ?? null;
      return field === "applied" ? isInEffect(state) : state;
    },
  };
}

/** Whether the step's effect is there now, made by us or by somebody else. */
export function isInEffect(state: Step["state"] | null): boolean {
  return state === "applied" || state === "already";
}

export function hasEnded({ state }: Step): boolean {
  return STEP_ENDED.has(state);
}

/**
 * What a person consents to: playbook and version, inputs, the step as written and its exact effects. Any change in
 * one of them makes another digest.
 */
export function stepDigest(context: RunContext, step: Pick<Step, "id" | "planned" | "refused">): string {
  const { playbook, inputs } = context;
  const content = {
    playbook: playbook.playbook,
    version: playbook.version,
    run: context.id,
    inputs,
    guards: playbook.guards,
    step: stepOf(context, step.id),
    planned: step.planned,
    refused: step.refused,
  };
  return createHash("sha256").update(canonicalJson(content)).digest("hex");
}
