import { createNoopMeter, type Meter } from "@opentelemetry/api";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Logger } from "#core/context.ts";
import { connectStore, type Environment, type Store } from "#store/connect-store.ts";

const clock: Clock = {
  now: () => Date.now(),
  nowUnixNano: () => BigInt(Date.now()) * 1_000_000n,
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};

const ignore = (): void => undefined;
const log: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** The machine's clock, and a log and a meter that nobody reads. */
export const quiet: Environment & { readonly meter: Meter } = { clock, log, meter: createNoopMeter() };

/** A folder that the database's user can pass through, when root runs the tests. Removed on disposal. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "tw-store-"));
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A fresh store on a real PostgreSQL of its own. Stopped and removed on disposal. */
export async function openTestStore(): Promise<AsyncDisposable & { readonly store: Store; readonly dataDir: string }> {
  const folder = await temporaryFolder();
  const store = await connectStore({ data_dir: folder.path, fsync: false }, quiet);
  return {
    store,
    dataDir: folder.path,
    async [Symbol.asyncDispose]() {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
