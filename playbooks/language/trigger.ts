import { createHash } from "node:crypto";
import { canonicalJson } from "#store/storable.ts";
import type { AlertFacts } from "./alert-facts.ts";
import { evaluate, isTrue, type Scope } from "./evaluate.ts";
import { createFunctions } from "./functions.ts";
import { matchesGlob } from "./glob.ts";
import { type Expression, parseExpression, type Value } from "./parse-expression.ts";
import type { Playbook } from "./playbook.ts";

/** Says which alerts start a playbook, and which of them belong to one run. */
export interface Trigger {
  readonly playbook: Playbook;
  matches(alert: AlertFacts): boolean;
  /** What decides which alerts join one run; undefined when each gets its own. */
  once(alert: AlertFacts): { readonly key: string; readonly withinMs: number } | undefined;
}

export function createTrigger(playbook: Playbook): Trigger {
  const { on, inputs } = playbook;
  const where = on.where === undefined ? undefined : parseChecked(on.where);
  return {
    playbook,
    matches(alert) {
      if (!on.alert.some((pattern) => matchesGlob(pattern, String(alert.rule_name)))) return false;
      return where === undefined || isTrue(evaluate(where, alertScope(alert)));
    },
    once(alert) {
      if (on.once === undefined) return undefined;
      const values = on.once.per.map((name) => alertValue(alert, inputs[name]?.from ?? ""));
      const key = createHash("sha256").update(canonicalJson(values)).digest("hex");
      return { key, withinMs: on.once.within };
    },
  };
}

/** The value that a path such as `alert.user` leads to. */
export function alertValue(alert: AlertFacts, path: string): Value {
  const name = path.slice("alert.".length);
  return path.startsWith("alert.") && Object.hasOwn(alert, name) ? alert[name as keyof AlertFacts] : null;
}

/** An expression of a playbook that was checked when it was read. @throws Error when it was not. */
export function parseChecked(text: string): Expression {
  const expression = parseExpression(text);
  if ("problem" in expression) throw new Error(`unchecked expression: ${expression.problem.message}`);
  return expression;
}

function alertScope(alert: AlertFacts): Scope {
  return { lookup: (path) => alertValue(alert, path.join(".")), functions: createFunctions() };
}
