import { expiredEffects, takeEffectsToMaintain } from "#store/effects.ts";
import type { Responder } from "./run-context.ts";
import { maintainEffect, undoEffect } from "./undo-effect.ts";

const BATCH = 100;
/** Undos and renewals at the same time: a target that hangs holds up the others of its group only. */
const PARALLEL = 10;

/** Takes back what has expired, and renews what wears off. */
export async function sweepEffects(responder: Responder, intervalMs: number, signal: AbortSignal): Promise<void> {
  const { store, actions } = responder;
  await inGroups(await expiredEffects(store, BATCH), signal, (id) => undoEffect(responder, id, signal));
  const worn = await takeEffectsToMaintain(store, actions.maintained, intervalMs, BATCH);
  await inGroups(worn, signal, (id) => maintainEffect(responder, id, signal));
}

async function inGroups(
  ids: readonly string[],
  signal: AbortSignal,
  work: (id: string) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < ids.length && !signal.aborted; i += PARALLEL) {
    await Promise.all(ids.slice(i, i + PARALLEL).map(work));
  }
}
