import { RetryableError } from "#core/errors.ts";
import type { TidbAdmin } from "#tidb/admin/admin.ts";

const MAX_ROUNDS = 5;

/**
 * Lists and kills until a list is empty; returns how many it killed. KILL's success says nothing, so only the next
 * list counts. @throws RetryableError when sessions come up faster than they die: lock the account first.
 */
export async function killAll(admin: TidbAdmin, user: string, signal: AbortSignal): Promise<number> {
  const killed = new Set<string>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const sessions = await admin.sessionsOf(user, signal);
    if (sessions.length === 0) return killed.size;
    for (const session of sessions) if (await admin.killSession(session, signal)) killed.add(session.id);
  }
  throw new RetryableError("new sessions come up as fast as they are killed", { code: "tidb_sessions_return" });
}
