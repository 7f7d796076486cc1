import { dropLease, holdLease } from "#store/leases.ts";
import { forgetOld } from "#store/retention.ts";
import { planRun } from "../response/plan-run.ts";
import { openQueue } from "../response/queue.ts";
import { runRelay } from "../response/relay.ts";
import type { Responder } from "../response/run-context.ts";
import { runStep } from "../response/run-step.ts";
import { sweepEffects } from "../response/sweep-effects.ts";
import { sweepRuns } from "../response/sweep-runs.ts";

const RETENTION_INTERVAL_MS = 600_000;
const FORGET_BATCH = 500;

export interface WorkOptions {
  /** Tells responders apart in leases. */
  readonly owner: string;
  readonly redisUrl: string | undefined;
  readonly queuePrefix: string;
  readonly concurrency: number;
  readonly sweepIntervalMs: number;
  /** How long alerts and ended runs are kept. */
  readonly retentionMs: number;
}

/** A running responder. */
export interface Work {
  /** Takes nothing new, lets what runs come to a safe point, and gives the rest back. */
  stop(deadline: AbortSignal): Promise<void>;
}

/** Starts the worker, the relay and the periodic tasks. @throws when the queue's backend cannot be reached. */
export async function startWork(responder: Responder, options: WorkOptions): Promise<Work> {
  const { store, clock, log } = responder;
  const stop = new AbortController();
  const queue = await openQueue({
    redisUrl: options.redisUrl,
    prefix: options.queuePrefix,
    store,
    concurrency: options.concurrency,
    log,
    handle: ({ runId, stepId }) =>
      stepId === null ? planRun(responder, runId, stop.signal) : runStep(responder, runId, stepId, stop.signal),
  });
  const { sweepIntervalMs } = options;
  const loops = [
    runRelay({ store, clock, log }, queue, stop.signal),
    repeat(responder, options, "sweep_runs", stop.signal, () => sweepRuns(responder, sweepIntervalMs, stop.signal)),
    repeat(responder, options, "sweep_effects", stop.signal, () =>
      sweepEffects(responder, sweepIntervalMs, stop.signal),
    ),
    repeat(responder, { ...options, sweepIntervalMs: RETENTION_INTERVAL_MS }, "retention", stop.signal, () =>
      forget(responder, options.retentionMs, stop.signal),
    ),
  ];
  return {
    async stop(deadline) {
      stop.abort();
      await Promise.all([queue.close(deadline), ...loops]);
    },
  };
}

/**
 * Does something at every interval, in one responder at a time, until `signal` aborts. Never rejects: what fails is done
 * again at the next turn.
 */
async function repeat(
  { store, clock, log }: Responder,
  { owner, sweepIntervalMs }: Pick<WorkOptions, "owner" | "sweepIntervalMs">,
  name: string,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await holdLease(store, name, owner, sweepIntervalMs * 2)) await work();
    } catch (error) {
      if (!signal.aborted) log.warn({ error, name }, "a periodic task failed, will try again");
    }
    await clock.sleep(sweepIntervalMs, signal);
  }
  // Another responder need not wait for the lease to run out; without this, it does.
  await dropLease(store, name, owner).catch(() => undefined);
}

async function forget({ store }: Responder, keepMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await store.transaction((tx) => forgetOld(tx, keepMs, FORGET_BATCH))) >= FORGET_BATCH);
}
