import { codedMessage, RetryableError } from "#core/errors.ts";
import { appendAudit } from "#store/audit.ts";
import {
  claimEffect,
  type Effect,
  type EffectClaim,
  type EffectState as LedgerState,
  type HeldEffect,
  loadEffect,
  recordMade,
  settleEffect,
} from "#store/effects.ts";
import { isClaimed, type StepClaim } from "#store/steps.ts";
import type { EffectRef, EffectState, PlannedStep } from "../action.ts";
import type { ReadyAction } from "./action-set.ts";
import { RESPONDER } from "./advance.ts";
import type { Responder } from "./run-context.ts";

/** applied: by us; already: there, and not by us; drifted: somebody has taken it away while it stood. */
export type Made = "applied" | "already" | "drifted";

/** Thrown when another worker has taken the step over: whoever is told so stops without a trace. */
export class StaleClaim extends Error {}

/** How long past its own deadline an effect stays closed to others, when its worker was killed. */
export const EFFECT_GRACE_MS = 1000;

/** Differences in expiry that are not worth another call: targets keep an effect a little longer than they are told. */
const SLACK_MS = 10_000;

/**
 * Makes one effect whose intent is written. Whatever happened before a crash, looking at the target tells: what is
 * there and ours is not made again, what is there and not ours is left alone.
 */
export async function makeEffect(
  responder: Responder,
  { action }: ReadyAction,
  step: StepClaim,
  held: HeldEffect,
  limits: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Made> {
  const { store } = responder;
  const { signal } = limits;
  if (held.isSettled) return held.state === "foreign" ? "already" : "applied";
  if (held.state === "foreign") return "already";
  const claim = await claimEffect(store, held.id, limits.timeoutMs + EFFECT_GRACE_MS);
  if (claim === undefined) throw new RetryableError("somebody else is at the same target", { code: "effect_busy" });
  // It may have changed between reading and claiming, for instance from intent to active by another run.
  const effect = (await loadEffect(store, held.id)) ?? held;
  const planned = effect.planned as PlannedStep;
  const ref: EffectRef = { id: effect.id, expiresAtMs: effect.expiresAt?.getTime() };
  const probe = async (): Promise<EffectState> => (await action.probe?.(planned, ref, signal)) ?? "unknown";
  const settle = (state: LedgerState, made: Made): Promise<Made> =>
    settled(responder, claim, step, effect, state, made);
  try {
    const before = await probe();
    if (before === "foreign") return await settle("foreign", "already");
    if (effect.state === "active" && before === "absent") return await settle("drifted", "drifted");
    if (before !== "ours" || mustLastLonger(effect)) {
      if (!(await isClaimed(store, step))) throw new StaleClaim();
      await action.apply(planned, ref, signal);
      const after = await probe();
      if (after === "absent")
        throw new RetryableError("the effect is not there after it was made", { code: "effect_absent" });
      if (after === "foreign") return await settle("foreign", "already");
    }
    return await settle(effect.lasting ? "active" : "done", "applied");
  } catch (error) {
    await letGo(responder, claim, effect.state, error);
    throw error;
  }
}

/** Whether the target was told to keep it for a shorter time than this holder wants. */
function mustLastLonger({ expiresAt, madeUntil }: Effect): boolean {
  if (expiresAt === null || madeUntil === null) return false;
  return expiresAt.getTime() > madeUntil.getTime() + SLACK_MS;
}

async function settled(
  { store }: Responder,
  claim: EffectClaim,
  { runId, id: stepId }: StepClaim,
  effect: Effect,
  state: LedgerState,
  made: Made,
): Promise<Made> {
  const { says } = effect.planned as PlannedStep;
  await store.transaction(async (tx) => {
    if (!(await settleEffect(tx, claim, state))) throw new StaleClaim();
    await recordMade(tx, { effectId: claim.id, runId, stepId, until: effect.expiresAt });
    const event = `effect_${made}`;
    await appendAudit(tx, { actor: RESPONDER, event, run: runId, step: stepId, effect: claim.id, detail: { says } });
  });
  return made;
}

/** Opens the effect to the next attempt. It stays an intent: an error does not prove that nothing was made. */
async function letGo({ store }: Responder, claim: EffectClaim, state: LedgerState, error: unknown): Promise<void> {
  await settleEffect(store, claim, state, codedMessage(error));
}
