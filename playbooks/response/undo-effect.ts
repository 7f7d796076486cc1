import { codedMessage, RetryableError } from "#core/errors.ts";
import { appendAudit } from "#store/audit.ts";
import {
  claimEffect,
  claimExpired,
  type Effect,
  type EffectClaim,
  type EffectState as LedgerState,
  loadEffect,
  postponeUndo,
  settleEffect,
} from "#store/effects.ts";
import type { EffectRef, PlannedStep } from "../action.ts";
import { abortable } from "./abortable.ts";
import { RESPONDER } from "./advance.ts";
import { EFFECT_GRACE_MS } from "./make-effect.ts";
import type { Responder } from "./run-context.ts";

const MAX_TRIES = 5;
const RETRY_WAIT_MS = 2000;

/**
 * Takes back an effect that nobody holds any more, and looks whether it is gone. What somebody else has changed in
 * the meantime is recorded as drift and left alone. Errors are written to the ledger, and tried again.
 */
export async function undoEffect(responder: Responder, id: string, stop: AbortSignal): Promise<void> {
  const { store, undoTimeoutMs } = responder;
  const effect = await loadEffect(store, id);
  const claim = effect && (await claimExpired(store, id, undoTimeoutMs + EFFECT_GRACE_MS));
  if (effect === undefined || claim === undefined) return;
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(undoTimeoutMs)]);
    await settle(responder, effect, claim, await abortable(takeBack(responder, effect, signal), signal));
  } catch (error) {
    if (stop.aborted) return postponeUndo(store, claim, 0, "the responder was stopped");
    await undoFailed(responder, effect, claim, codedMessage(error));
  }
}

async function takeBack({ actions }: Responder, effect: Effect, signal: AbortSignal): Promise<LedgerState> {
  const { action } = actions.get(effect.action);
  const planned = effect.planned as PlannedStep;
  const ref: EffectRef = { id: effect.id, expiresAtMs: effect.expiresAt?.getTime() };
  const before = (await action.probe?.(planned, ref, signal)) ?? "unknown";
  if (before === "absent" || before === "foreign") return whyGone(effect);
  await action.undo?.(planned, ref, signal);
  const after = (await action.probe?.(planned, ref, signal)) ?? "unknown";
  if (after === "ours") throw new RetryableError("the effect is still there after it was taken back");
  return after === "unknown" ? "reverted" : "reverted_verified";
}

/** An undo that was cut short may have done it; otherwise it was never made, or it was not us who took it away. */
function whyGone({ state, madeUntil }: Effect): LedgerState {
  if (state === "expiring") return "reverted_verified";
  return madeUntil === null ? "failed" : "drifted";
}

async function settle(
  { store, log }: Responder,
  { id, planned }: Effect,
  claim: EffectClaim,
  state: LedgerState,
): Promise<void> {
  const { says } = planned as PlannedStep;
  if (state === "drifted")
    log.warn({ effect: id, says }, "an effect had been changed by somebody else, leaving it alone");
  await store.transaction(async (tx) => {
    if (!(await settleEffect(tx, claim, state))) return;
    await appendAudit(tx, { actor: RESPONDER, event: `effect_${state}`, effect: id, detail: { says } });
  });
}

async function undoFailed({ store, log }: Responder, effect: Effect, claim: EffectClaim, error: string): Promise<void> {
  if (effect.undoAttempts + 1 < MAX_TRIES) {
    return postponeUndo(store, claim, RETRY_WAIT_MS * 2 ** effect.undoAttempts, error);
  }
  const { says } = effect.planned as PlannedStep;
  log.error({ effect: effect.id, says, error }, "an effect could not be taken back: do it by hand");
  await store.transaction(async (tx) => {
    if (!(await settleEffect(tx, claim, "undo_failed", error))) return;
    const detail = { says, error };
    await appendAudit(tx, { actor: RESPONDER, event: "effect_undo_failed", effect: effect.id, detail });
  });
}

/** Renews an effect that wears off. A failure is only logged: the next sweep tries again. */
export async function maintainEffect(responder: Responder, id: string, stop: AbortSignal): Promise<void> {
  const { store, actions, log, undoTimeoutMs: timeoutMs } = responder;
  const claim = await claimEffect(store, id, timeoutMs + EFFECT_GRACE_MS);
  const effect = claim && (await loadEffect(store, id));
  if (claim === undefined || effect === undefined) return;
  try {
    const ref: EffectRef = { id, expiresAtMs: effect.expiresAt?.getTime() };
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    const { action } = actions.get(effect.action);
    await abortable(Promise.resolve(action.maintain?.(effect.planned as PlannedStep, ref, signal)), signal);
  } catch (error) {
    if (!stop.aborted) log.warn({ error, effect: id }, "an effect could not be renewed");
  } finally {
    await settleEffect(store, claim, effect.state);
  }
}
