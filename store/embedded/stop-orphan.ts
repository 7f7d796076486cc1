import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Logger } from "#core/context.ts";
import { PermanentError } from "#core/errors.ts";
import { isPostgresOf } from "./process-identity.ts";

const STOP_TIMEOUT_MS = 10_000;

/**
 * Stops the server that a killed predecessor left behind. Its pid is in postmaster.pid; it is only touched when the
 * process runs on this very directory, because the number may belong to somebody else by now.
 */
export async function stopOrphan(clusterDir: string, clock: Clock, log: Logger): Promise<void> {
  const text = await readFile(join(clusterDir, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  if (!(pid > 1) || !(await isPostgresOf(pid, clusterDir))) return;
  log.warn({ pid }, "stopping the database server that an earlier process left behind");
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It may have ended by itself since it was looked at.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
    const until = clock.monotonic() + STOP_TIMEOUT_MS;
    while (clock.monotonic() < until) {
      if (!(await isPostgresOf(pid, clusterDir))) return;
      await clock.sleep(20, AbortSignal.timeout(STOP_TIMEOUT_MS));
    }
  }
  throw new PermanentError(`the old database server (process ${pid}) does not stop: kill it`, { code: "store_orphan" });
}
