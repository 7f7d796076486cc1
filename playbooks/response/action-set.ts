import { ConfigError, PermanentError } from "#core/errors.ts";
import type { Action, ActionEnvironment, ActionFactory } from "../action.ts";

export interface ReadyAction {
  readonly factory: ActionFactory;
  readonly action: Action;
}

/** The actions of this responder, with their settings. */
export interface ActionSet {
  /** False when there is no such action, or it lacks settings that it needs. */
  has(type: string): boolean;
  /** @throws PermanentError when there is none. */
  get(type: string): ReadyAction;
  /** Types of the actions whose effects wear off. */
  readonly maintained: readonly string[];
}

/**
 * Prepares every action. Those that need settings and have none are left out: steps that name them are skipped.
 * @throws ConfigError for settings that are given and wrong.
 */
export function createActionSet(
  factories: readonly ActionFactory[],
  settings: Readonly<Record<string, unknown>>,
  environment: ActionEnvironment,
): ActionSet {
  const ready = new Map<string, ReadyAction>();
  const maintained: string[] = [];
  for (const factory of factories) {
    const create = prepare(factory, settings[factory.type]);
    if (create === undefined) continue;
    const action = create(environment);
    ready.set(factory.type, { factory, action });
    if (action.maintain !== undefined) maintained.push(factory.type);
  }
  return {
    maintained,
    has: (type) => ready.has(type),
    get(type) {
      const found = ready.get(type);
      if (found !== undefined) return found;
      throw new PermanentError(`${type} has no settings under the responder's actions`, {
        code: "action_not_configured",
      });
    },
  };
}

function prepare(factory: ActionFactory, settings: unknown): ReturnType<ActionFactory["prepare"]> | undefined {
  try {
    return factory.prepare(settings ?? {});
  } catch (error) {
    if (settings === undefined && error instanceof ConfigError) return undefined;
    throw error;
  }
}
