import { once } from "node:events";
import type { Clock, Logger } from "#core/context.ts";
import type { Database } from "./database.ts";

export interface Listener {
  /** Safe twice. */
  close(): Promise<void>;
}

const RECONNECT_MS = 500;

/** Listens on a connection of its own and makes a new one when it breaks. */
export function listen(
  database: Database,
  channel: string,
  onNotify: (payload: string) => void,
  { clock, log }: { clock: Clock; log: Logger },
): Listener {
  const closing = new AbortController();
  const { signal } = closing;
  const stopped = once(signal, "abort");
  const session = async (): Promise<void> => {
    const client = await database.dedicated();
    // Asked for before anything can break, because an end that has passed is not told again.
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    try {
      client.on("notification", ({ payload }) => onNotify(payload ?? ""));
      await client.query(`listen ${client.escapeIdentifier(channel)}`);
      onNotify("");
      if (!signal.aborted) await Promise.race([ended, stopped]);
    } finally {
      await Promise.race([client.end(), ended]);
    }
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await session().catch((error: unknown) => {
        if (!signal.aborted) log.debug({ error }, "lost the connection that listens for notifications");
      });
      await clock.sleep(RECONNECT_MS, signal);
    }
  };
  const done = run();
  return {
    close() {
      closing.abort();
      return done;
    },
  };
}
