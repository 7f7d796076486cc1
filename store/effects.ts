import { randomBytes } from "node:crypto";
import type { Queryable } from "./database.ts";
import { storableJson } from "./storable.ts";

/**
 * intent → active → expiring → reverted_verified | reverted | drifted | undo_failed for effects that last, intent → done
 * for the others; foreign = it was there before us, failed = it never came to be, reverted = nobody can tell by looking.
 */
export type EffectState =
  | "intent"
  | "active"
  | "expiring"
  | "reverted_verified"
  | "reverted"
  | "drifted"
  | "undo_failed"
  | "done"
  | "foreign"
  | "failed";

export interface Effect {
  readonly id: string;
  readonly key: string;
  readonly action: string;
  readonly lasting: boolean;
  /** The planned step; plain JSON. */
  readonly planned: unknown;
  readonly state: EffectState;
  readonly undoAttempts: number;
  readonly error: string | null;
  /** When the last holder lets go; null when nobody holds it, or it does not last. */
  readonly expiresAt: Date | null;
  /** Until when the target was told to keep it; null when it was not made yet, or a crash hides that it was. */
  readonly madeUntil: Date | null;
}

/** A claim on one effect: only one worker at a time touches its target. */
export interface EffectClaim {
  readonly id: string;
  readonly fence: number;
}

const COLUMNS = `e.id, e.key, e.action, e.lasting, e.planned, e.state, e.undo_attempts as "undoAttempts", e.error,
  e.made_until as "madeUntil", (select max(h.expires_at) from tidewatch.effect_holders h
   where h.effect_id = e.id and h.released_at is null and h.expires_at < 'infinity') as "expiresAt"`;

const STANDING = "('intent', 'active', 'expiring', 'undo_failed')";

/**
 * Writes the intent to have an effect, before it is made. A lasting effect that stands already gets one more holder;
 * it ends when the last one lets go. Asking twice for the same step changes nothing. Undefined, and nothing written,
 * while somebody is taking it back.
 */
export async function holdEffect(
  tx: Queryable,
  want: {
    readonly key: string;
    readonly action: string;
    readonly planned: unknown;
    readonly runId: string;
    readonly stepId: string;
    /** Undefined for effects that do not last. */
    readonly expiresMs: number | undefined;
  },
): Promise<string | undefined> {
  const lasting = want.expiresMs !== undefined;
  const key = lasting ? want.key : `${want.runId}/${want.stepId}/${want.key}`;
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 1))", [key]);
  const [standing] = await tx.query<{ id: string; is_leaving: boolean }>(
    `select id, state = 'expiring' and lease_until > now() as is_leaving
     from tidewatch.effects where key = $1 and state in ${STANDING} for update`,
    [key],
  );
  if (standing?.is_leaving === true) return undefined;
  const id = standing?.id ?? `e${randomBytes(8).toString("hex")}`;
  if (standing === undefined) {
    await tx.query("insert into tidewatch.effects (id, key, action, lasting, planned) values ($1, $2, $3, $4, $5)", [
      id,
      key,
      want.action,
      lasting,
      storableJson(want.planned),
    ]);
  } else {
    // Nobody knows how far an undo that failed has got: it is made anew where it is gone.
    const revive =
      "update tidewatch.effects set state = 'intent' where id = $1 and state in ('expiring', 'undo_failed')";
    await tx.query(revive, [id]);
  }
  await tx.query(
    `insert into tidewatch.effect_holders (effect_id, run_id, step_id, expires_at)
     values ($1, $2, $3, coalesce(now() + $4 * interval '1 ms', 'infinity')) on conflict do nothing`,
    [id, want.runId, want.stepId, want.expiresMs ?? null],
  );
  return id;
}

export async function loadEffect(q: Queryable, id: string): Promise<Effect | undefined> {
  return (await q.query<Effect>(`select ${COLUMNS} from tidewatch.effects e where e.id = $1`, [id]))[0];
}

/** An effect as one step of a run holds it. */
export interface HeldEffect extends Effect {
  readonly stepId: string;
  /** It was made for this step, or was made to last as long as this step wants. */
  readonly isSettled: boolean;
}

/** Effects that a run holds or held. */
export function loadRunEffects(q: Queryable, runId: string): Promise<HeldEffect[]> {
  return q.query(
    `select ${COLUMNS}, holder.step_id as "stepId", holder.settled_at is not null as "isSettled"
     from tidewatch.effects e join tidewatch.effect_holders holder on holder.effect_id = e.id
     where holder.run_id = $1 order by e.created_at, e.id`,
    [runId],
  );
}

/** Takes an effect that has not ended, so that nobody else touches its target for `leaseMs`. */
export async function claimEffect(q: Queryable, id: string, leaseMs: number): Promise<EffectClaim | undefined> {
  const [row] = await q.query<{ fence: number }>(
    `update tidewatch.effects set fence = fence + 1, lease_until = now() + $2 * interval '1 ms'
     where id = $1 and state in ('intent', 'active', 'expiring') and lease_until < now() returning fence`,
    [id, leaseMs],
  );
  return row && { id, fence: row.fence };
}

/** Takes an effect that nobody holds any more, to undo it. Undefined when somebody holds it, or is at it. */
export async function claimExpired(tx: Queryable, id: string, leaseMs: number): Promise<EffectClaim | undefined> {
  const [row] = await tx.query<{ fence: number }>(
    `update tidewatch.effects e
     set fence = fence + 1, lease_until = now() + $2 * interval '1 ms', state = 'expiring', changed_at = now()
     where id = $1 and lasting and state in ('intent', 'active', 'expiring') and lease_until < now()
       and not exists (select 1 from tidewatch.effect_holders h
         where h.effect_id = e.id and h.released_at is null and h.expires_at > now())
     returning fence`,
    [id, leaseMs],
  );
  return row && { id, fence: row.fence };
}

/** Lets go of the claim and says what became of the effect. False when the claim has gone to somebody else. */
export async function settleEffect(
  tx: Queryable,
  claim: EffectClaim,
  state: EffectState,
  error?: string,
): Promise<boolean> {
  const rows = await tx.query(
    `update tidewatch.effects
     set state = $3, error = $4, lease_until = '-infinity', undo_attempts = 0,
       changed_at = case when state = $3 then changed_at else now() end
     where id = $1 and fence = $2 returning id`,
    [claim.id, claim.fence, state, error ?? null],
  );
  return rows.length > 0;
}

/** Says that the effect is made as far as this step goes; written together with `settleEffect`. */
export async function recordMade(
  tx: Queryable,
  made: { readonly effectId: string; readonly runId: string; readonly stepId: string; readonly until: Date | null },
): Promise<void> {
  await tx.query("update tidewatch.effects set made_until = coalesce($2::timestamptz, now()) where id = $1", [
    made.effectId,
    made.until?.toISOString() ?? null,
  ]);
  await tx.query(
    "update tidewatch.effect_holders set settled_at = now() where effect_id = $1 and run_id = $2 and step_id = $3",
    [made.effectId, made.runId, made.stepId],
  );
}

/** Ends the intents of a failed step that cannot last. Lasting ones stay open until they expire: they may be there. */
export async function failIntents(tx: Queryable, runId: string, stepId: string): Promise<void> {
  await tx.query(
    `update tidewatch.effects set state = 'failed', changed_at = now() where state = 'intent' and not lasting
       and id in (select effect_id from tidewatch.effect_holders where run_id = $1 and step_id = $2)`,
    [runId, stepId],
  );
}

/** Lets go of the claim on an effect whose undo failed, to be tried again after `waitMs`. */
export async function postponeUndo(tx: Queryable, claim: EffectClaim, waitMs: number, error: string): Promise<void> {
  await tx.query(
    `update tidewatch.effects set undo_attempts = undo_attempts + 1, next_try_at = now() + $3 * interval '1 ms',
       lease_until = '-infinity', error = $4 where id = $1 and fence = $2`,
    [claim.id, claim.fence, waitMs, error],
  );
}

/** Lasting effects that nobody holds any more. */
export async function expiredEffects(q: Queryable, limit: number): Promise<string[]> {
  const rows = await q.query<{ id: string }>(
    `select e.id from tidewatch.effects e
     where e.lasting and e.state in ('intent', 'active', 'expiring') and e.lease_until < now() and e.next_try_at <= now()
       and not exists (select 1 from tidewatch.effect_holders h
         where h.effect_id = e.id and h.released_at is null and h.expires_at > now())
     order by e.next_try_at limit $1`,
    [limit],
  );
  return rows.map(({ id }) => id);
}

/** Standing effects of these actions, the longest unattended first; they count as attended from now. */
export async function takeEffectsToMaintain(
  q: Queryable,
  actions: readonly string[],
  everyMs: number,
  limit: number,
): Promise<string[]> {
  const rows = await q.query<{ id: string }>(
    `update tidewatch.effects set next_try_at = now() + $2 * interval '1 ms' where id in (
       select id from tidewatch.effects
       where action = any($1::text[]) and state = 'active' and lasting and next_try_at <= now() and lease_until < now()
       order by next_try_at limit $3 for update skip locked)
     returning id`,
    [actions, everyMs, limit],
  );
  return rows.map(({ id }) => id);
}

/** Makes a run let go of its lasting effects now. Those that nobody else holds are undone next. */
export async function releaseRunEffects(tx: Queryable, runId: string): Promise<number> {
  const rows = await tx.query(
    `update tidewatch.effect_holders h set released_at = now() from tidewatch.effects e
     where h.effect_id = e.id and e.lasting and h.run_id = $1 and h.released_at is null returning h.effect_id`,
    [runId],
  );
  // An undo that was given up is tried again when a person asks for it.
  await tx.query(
    `update tidewatch.effects set state = 'expiring', undo_attempts = 0, next_try_at = now()
     where state = 'undo_failed' and id in (select effect_id from tidewatch.effect_holders where run_id = $1)`,
    [runId],
  );
  return rows.length;
}
