import * as z from "zod";
import type { ConfigIssue } from "#core/errors.ts";
import { nearestName } from "#core/nearest-name.ts";
import type { ActionFactory } from "../action.ts";
import { ALERT_FACT_NAMES } from "./alert-facts.ts";
import { checkNames } from "./evaluate.ts";
import { type Expression, parseExpression } from "./parse-expression.ts";
import type { Playbook, PlaybookStep } from "./playbook.ts";
import { parseTemplate } from "./template.ts";
import type { ExpressionProblem } from "./tokenize.ts";

type Path = readonly (string | number)[];

/** A mistake with its place inside the text that `path` leads to. */
export interface PlaybookIssue extends ConfigIssue {
  readonly offset?: number;
}

const ALERT_NAMES = ALERT_FACT_NAMES.map((name) => `alert.${name}`);
/** Names that every step may use beside the inputs. */
const RUN_NAMES = ["run", "playbook"] as const;

/** What the schema cannot say: names that mean something, and steps that fit their actions. All mistakes at once. */
export function checkPlaybook(playbook: Playbook, actions: readonly ActionFactory[]): PlaybookIssue[] {
  return new Checker(playbook, actions).check();
}

class Checker {
  readonly #playbook: Playbook;
  readonly #actions: ReadonlyMap<string, ActionFactory>;
  readonly #inputs: readonly string[];
  readonly #issues: PlaybookIssue[] = [];

  constructor(playbook: Playbook, actions: readonly ActionFactory[]) {
    this.#playbook = playbook;
    this.#actions = new Map(actions.map((action) => [action.type, action]));
    this.#inputs = Object.keys(playbook.inputs);
  }

  check(): PlaybookIssue[] {
    const { on, inputs, guards, limits, steps, on_failure } = this.#playbook;
    for (const [name, { from }] of Object.entries(inputs)) {
      this.#known(["inputs", name, "from"], "alert field", from, ALERT_NAMES);
    }
    if (on.where !== undefined) this.#expression(["on", "where"], on.where, ALERT_NAMES);
    for (const [i, name] of (on.once?.per ?? []).entries()) {
      this.#known(["on", "once", "per", i], "input", name, this.#inputs);
    }
    const always = [...ALERT_NAMES, ...this.#inputs, ...RUN_NAMES];
    for (const [i, guard] of guards.entries()) this.#expression(["guards", i], guard, always);
    for (const verb of Object.keys(limits.verbs)) {
      this.#known(["limits", "verbs", verb], "action", verb, [...this.#actions.keys()], true);
    }
    const earlier: string[] = [];
    for (const [i, step] of steps.entries()) {
      this.#step(["steps", i], step, earlier, always);
      earlier.push(step.id);
    }
    for (const [i, step] of on_failure.entries()) {
      const path = ["on_failure", i];
      this.#step(path, step, earlier, [...always, "failed"]);
      if (step.needs.length > 0) this.#say([...path, "needs"], "steps of on_failure do not wait for each other");
      const risk = this.#actions.get(step.do)?.risk;
      if (risk !== undefined && risk !== "notify")
        this.#say([...path, "do"], "only notifications can follow a failure");
      earlier.push(step.id);
    }
    return this.#issues;
  }

  #step(path: Path, step: PlaybookStep, earlier: readonly string[], always: readonly string[]): void {
    if (earlier.includes(step.id)) this.#say([...path, "id"], `there is another step "${step.id}"`);
    for (const [i, need] of step.needs.entries()) {
      this.#known([...path, "needs", i], "earlier step", need, earlier);
    }
    const names = [...always, ...earlier.flatMap((id) => ["state", "applied"].map((field) => `steps.${id}.${field}`))];
    if (step.when !== undefined) this.#expression([...path, "when"], step.when, names);
    this.#known([...path, "do"], "action", step.do, [...this.#actions.keys()]);
    const action = this.#actions.get(step.do);
    if (action === undefined) return;
    if (action.lasting && step.expires === undefined) {
      this.#say(path, `${action.type} has an effect that lasts: say when it ends with "expires"`);
    }
    if (!action.lasting && step.expires !== undefined) {
      this.#say([...path, "expires"], `${action.type} has no effect that lasts`);
    }
    this.#input(path, step, action, always);
  }

  #input(path: Path, step: PlaybookStep, action: ActionFactory, names: readonly string[]): void {
    const shape = action.input instanceof z.ZodObject ? (action.input.shape as Record<string, z.ZodType>) : {};
    for (const [key, value] of Object.entries(step.with)) {
      const at = [...path, "with", key];
      this.#known(at, `input of ${action.type}`, key, Object.keys(shape), true);
      this.#value(at, value, action, names);
    }
    for (const [key, schema] of Object.entries(shape)) {
      if (key in step.with || schema.safeParse(undefined).success) continue;
      this.#say([...path, "with"], `${action.type} needs "${key}"`);
    }
  }

  #value(path: Path, value: z.core.util.JSONType, action: ActionFactory, names: readonly string[]): void {
    if (Array.isArray(value)) for (const [i, item] of value.entries()) this.#value([...path, i], item, action, names);
    if (typeof value !== "string") return;
    if (value.startsWith("$")) {
      this.#known(path, "input", value.slice(1), [...this.#inputs, ...RUN_NAMES]);
    } else if (value.includes("{{")) {
      if (action.risk !== "notify") {
        this.#say(path, "text is put together only in notifications: hand over an input with $name");
        return;
      }
      const template = parseTemplate(value);
      if ("problem" in template) return this.#problem(path, template.problem);
      for (const part of template) if (typeof part !== "string") this.#names(path, part.expression, names, part.at);
    }
  }

  #expression(path: Path, text: string, names: readonly string[]): void {
    const expression = parseExpression(text);
    if ("problem" in expression) this.#problem(path, expression.problem);
    else this.#names(path, expression, names);
  }

  #names(path: Path, expression: Expression, names: readonly string[], start = 0): void {
    for (const problem of checkNames(expression, names)) this.#problem(path, { ...problem, at: start + problem.at });
  }

  #known(path: Path, what: string, name: string, names: readonly string[], atKey = false): void {
    if (names.includes(name)) return;
    const message = `unknown ${what} "${name}"${names.length === 0 ? "; there are none" : ""}`;
    this.#issues.push({ path, message, suggestion: nearestName(name, names), atKey });
  }

  #problem(path: Path, { at, message, suggestion }: ExpressionProblem): void {
    this.#issues.push({ path, message, suggestion, offset: at });
  }

  #say(path: Path, message: string): void {
    this.#issues.push({ path, message });
  }
}
