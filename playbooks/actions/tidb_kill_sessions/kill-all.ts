import type { Clock } from "#core/context.ts";
import { RetryableError } from "#core/errors.ts";
import type { TidbAdmin } from "#tidb/admin/admin.ts";

/** Before each look. A statement that is killed ends when TiDB gets round to it, and is in the list until then. */
const PAUSES_MS = [0, 10, 40, 160, 320, 640];

/**
 * Lists and kills until a list is empty; returns how many it killed. KILL's success says nothing, so only the next
 * list counts. @throws RetryableError when sessions come up faster than they die: lock the account first.
 */
export async function killAll(admin: TidbAdmin, user: string, clock: Clock, signal: AbortSignal): Promise<number> {
  const killed = new Set<string>();
  for (const pause of PAUSES_MS) {
    await clock.sleep(pause, signal);
    const sessions = await admin.sessionsOf(user, signal);
    if (sessions.length === 0) return killed.size;
    for (const session of sessions) if (await admin.killSession(session, signal)) killed.add(session.id);
  }
  throw new RetryableError("new sessions come up as fast as they are killed", { code: "tidb_sessions_return" });
}
