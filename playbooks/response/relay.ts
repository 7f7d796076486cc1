import type { Clock, Logger } from "#core/context.ts";
import type { Store } from "#store/connect-store.ts";
import { claimOutbox, deleteOutbox, nextOutboxDueMs, OUTBOX } from "#store/outbox.ts";
import type { JobQueue } from "./queue.ts";

const BATCH = 200;
const LEASE_MS = 30_000;
const MAX_IDLE_MS = 5000;
const AWAY_MS = 1000;

/**
 * Carries messages from the outbox to the queue until `signal` aborts. A crash between sending and deleting sends
 * again, which changes nothing. Never rejects.
 */
export async function runRelay(
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Logger },
  queue: Pick<JobQueue, "send">,
  signal: AbortSignal,
): Promise<void> {
  let wake = new AbortController();
  const listener = store.listen(OUTBOX, () => wake.abort());
  let isAway = false;
  while (!signal.aborted) {
    wake = new AbortController();
    try {
      const messages = await claimOutbox(store, BATCH, LEASE_MS);
      if (messages.length > 0) {
        await queue.send(messages);
        await deleteOutbox(
          store,
          messages.map(({ id }) => id),
        );
      }
      if (isAway) log.info({}, "messages can be sent again");
      isAway = false;
      if (messages.length === BATCH) continue;
      const dueMs = Math.max(0, (await nextOutboxDueMs(store)) ?? MAX_IDLE_MS);
      await clock.sleep(Math.min(dueMs, MAX_IDLE_MS), AbortSignal.any([signal, wake.signal]));
    } catch (error) {
      if (!isAway && !signal.aborted) log.warn({ error }, "messages cannot be sent, will retry");
      isAway = true;
      await clock.sleep(AWAY_MS, signal);
    }
  }
  await listener.close();
}
