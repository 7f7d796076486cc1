import type * as z from "zod";
import type { Clock, Logger } from "#core/context.ts";
import { parseConfig } from "#core/parse-config.ts";
import type { TidbAdmin } from "#tidb/admin/admin.ts";

/** What an action can break: nothing, somebody's access, or data. `destroy` always asks for approval. */
export type Risk = "notify" | "contain" | "destroy";

/**
 * One exact effect, decided but not yet made. Plain JSON data: it is stored, digested, approved, and carried on by
 * another process after a crash.
 */
export interface PlannedStep<Target = unknown> {
  /** The exact effect for people: the SQL statement, the nft document, the mail's subject and recipients. */
  readonly says: string;
  /** Verb + target + desired state: one lasting effect has one key, whoever asks for it. */
  readonly key: string;
  /** Canonical and typed; parsed by the action's own `target` schema when it is read back. */
  readonly target: Target;
}

export interface Plan<Target = unknown> {
  readonly steps: readonly PlannedStep<Target>[];
  /** Targets that the action will not touch, with the reason. */
  readonly refused: readonly { readonly what: string; readonly reason: string }[];
}

/** Identity of an effect in the ledger, the same over retries and processes. */
export interface EffectRef {
  /** `[a-z0-9]+`, at most 32 characters: fit for a marker on the target, a Message-ID, an nft comment. */
  readonly id: string;
  /** Unix ms; undefined for effects that do not last. */
  readonly expiresAtMs: number | undefined;
}

/** Seen on the target now: not there; there with our marker; there, but not by us; or it could not be told. */
export type EffectState = "absent" | "ours" | "foreign" | "unknown";

/**
 * A response action. All methods throw RetryableError for the world's faults (unreachable, time-out) and
 * PermanentError for the target's (no such privilege), and honour `signal`.
 */
export interface Action<Input = unknown, Target = unknown> {
  /** Reads only. What would be done, and what is refused. */
  plan(input: Input, signal: AbortSignal): Promise<Plan<Target>>;
  /** Makes the effect. The runner has written the intent before, and probes afterwards. May run twice for one effect. */
  apply(step: PlannedStep<Target>, effect: EffectRef, signal: AbortSignal): Promise<void>;
  /** Whether the effect is there and ours; asked before and after `apply` and `undo`. Required for lasting effects. */
  probe?(step: PlannedStep<Target>, effect: EffectRef, signal: AbortSignal): Promise<EffectState>;
  /** Takes back what we did and nothing else. Required for lasting effects. */
  undo?(step: PlannedStep<Target>, effect: EffectRef, signal: AbortSignal): Promise<void>;
  /** Called at every sweep while the effect stands, for effects that wear off (sessions come back). */
  maintain?(step: PlannedStep<Target>, effect: EffectRef, signal: AbortSignal): Promise<void>;
}

/** What actions work with, beside their own settings. */
export interface ActionEnvironment {
  /** The cluster of this name from the responder's `clusters`. @throws PermanentError when there is none. */
  cluster(name: string): TidbAdmin;
  readonly clock: Clock;
  readonly log: Logger;
}

interface ActionDeclaration<I extends z.ZodType, T extends z.ZodType, S extends z.ZodType> {
  /** `area.verb`, equals the folder's name with `.` as `_`. */
  readonly type: string;
  readonly summary: string;
  readonly risk: Risk;
  /** Its effect stays until it is undone: it needs an expiry, `probe` and `undo`. */
  readonly lasting: boolean;
  /** What it must be allowed to do, in the target's own words (GRANT statements, capabilities). */
  readonly permissions: readonly string[];
  /** What a playbook hands over. */
  readonly input: I;
  readonly target: T;
  /** The operator's settings: `responder::actions::<type>`. */
  readonly settings: S;
  create(settings: z.output<S>, environment: ActionEnvironment): Action<z.output<I>, z.output<T>>;
}

/** An action as the list holds it: parsing is inside, so that nobody can call it with unchecked data. */
export interface ActionFactory {
  readonly type: string;
  readonly summary: string;
  readonly risk: Risk;
  readonly lasting: boolean;
  readonly permissions: readonly string[];
  readonly input: z.ZodType;
  readonly settings: z.ZodType;
  /** No I/O. @throws ConfigError with every mistake in the settings. */
  prepare(rawSettings: unknown): (environment: ActionEnvironment) => Action;
}

export function defineAction<I extends z.ZodType, T extends z.ZodType, S extends z.ZodType>(
  declaration: ActionDeclaration<I, T, S>,
): ActionFactory {
  const { type, summary, risk, lasting, permissions, input, target, settings } = declaration;
  const readBack = (step: PlannedStep): PlannedStep<z.output<T>> => ({
    ...step,
    target: parseConfig(target, step.target),
  });
  return {
    type,
    summary,
    risk,
    lasting,
    permissions,
    input,
    settings,
    prepare(rawSettings) {
      const parsed = parseConfig(settings, rawSettings);
      return (environment) => {
        const action = declaration.create(parsed, environment);
        return {
          plan: (raw, signal) => action.plan(parseConfig(input, raw), signal),
          apply: (step, effect, signal) => action.apply(readBack(step), effect, signal),
          ...(action.probe && { probe: (step, effect, signal) => action.probe!(readBack(step), effect, signal) }),
          ...(action.undo && { undo: (step, effect, signal) => action.undo!(readBack(step), effect, signal) }),
          ...(action.maintain && {
            maintain: (step, effect, signal) => action.maintain!(readBack(step), effect, signal),
          }),
        };
      };
    },
  };
}
