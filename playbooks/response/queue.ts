import type { Queue, Worker } from "bullmq";
import type { Logger } from "#core/context.ts";
import type { OutboxMessage } from "#store/outbox.ts";
import type { Store } from "#store/connect-store.ts";

/** A job's data may have been tampered with: it is a hint where to look. */
type Data = Pick<OutboxMessage, "runId" | "stepId">;
type Handle = (job: { readonly data: Data }) => Promise<void>;

/** Where messages go and come back as calls of `handle`. They carry ids only, and mean "look there". */
export interface JobQueue {
  send(messages: readonly OutboxMessage[]): Promise<void>;
  /** Takes no more, waits for what runs until `deadline`, then drops it: the database knows how to go on. */
  close(deadline: AbortSignal): Promise<void>;
}

export interface QueueOptions {
  /** A Redis; without it the queue lives in the store's database, in the schema `bullmq`. */
  readonly redisUrl: string | undefined;
  /** Of the keys in Redis: installations that share one must differ. */
  readonly prefix: string;
  readonly store: Store;
  readonly concurrency: number;
  readonly log: Logger;
  handle(message: Data): Promise<void>;
}

const NAME = "tidewatch-response";
const KEEP = { removeOnComplete: { age: 3600, count: 1000 }, removeOnFail: { age: 86_400, count: 1000 } };
/** A message that nobody could handle is not tried again by BullMQ: the sweep knows better when. */
const JOB = { attempts: 1, sizeLimit: 1024, ...KEEP };

interface Parts {
  readonly queue: Queue;
  readonly worker: Worker;
  isConnected(): boolean;
  release(): void;
}

/** Connects to BullMQ on either backend. @throws when the backend cannot be reached. */
export async function openQueue(options: QueueOptions): Promise<JobQueue> {
  const handle: Handle = async ({ data }) => {
    try {
      await options.handle(data);
    } catch (error) {
      options.log.error({ error, ...data }, "work on a run failed, the sweep will come back to it");
      throw error;
    }
  };
  const { queue, worker, isConnected, release } = await (options.redisUrl === undefined
    ? onPostgres(options, handle)
    : onRedis(options, options.redisUrl, handle));
  // What breaks is retried inside BullMQ, and what gets lost is found by the sweep.
  const onError = (error: Error): void => options.log.debug({ error }, "the message queue reports an error");
  queue.on("error", onError);
  worker.on("error", onError);
  return {
    async send(messages) {
      const jobs = messages.map(({ id, runId, stepId }) => ({
        name: stepId === null ? "run" : "step",
        data: { runId, stepId },
        opts: { ...JOB, jobId: `${runId}-${id}` },
      }));
      await queue.addBulk(jobs);
    },
    async close(deadline) {
      // With the backend away there is nothing to wait for, and BullMQ would wait for it.
      if (isConnected()) await Promise.race([worker.pause().catch(onError), aborted(deadline)]);
      // By force, or BullMQ waits once more, and keeps its timers if it waits in vain.
      await Promise.race([worker.close(true).catch(onError), aborted(deadline)]);
      await Promise.race([queue.close().catch(onError), aborted(deadline)]);
      release();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

function workerOptions({ concurrency }: QueueOptions) {
  return { concurrency, lockDuration: 30_000, stalledInterval: 8000, maxStalledCount: 5, runRetryDelay: 1000 };
}

async function onPostgres(options: QueueOptions, handle: Handle): Promise<Parts> {
  const { createPostgresBackend, withBackend } = await import("bullmq");
  const backend = withBackend(createPostgresBackend);
  const connection = { ...options.store.connection, schema: "bullmq", migrate: true, max: 5 };
  const queue = new backend.Queue(NAME, { connection });
  await queue.waitUntilReady();
  const worker = new backend.Worker(NAME, handle, { ...workerOptions(options), connection });
  await worker.waitUntilReady();
  return {
    queue: queue as unknown as Queue,
    worker: worker as unknown as Worker,
    isConnected: () => true,
    release: () => undefined,
  };
}

async function onRedis(options: QueueOptions, url: string, handle: Handle): Promise<Parts> {
  const [{ Queue, Worker }, { Redis }] = await Promise.all([import("bullmq"), import("ioredis")]);
  // A sender gives up soon, as the outbox tries again; a worker waits for Redis as long as it takes.
  const sender = new Redis(url, { maxRetriesPerRequest: 1, commandTimeout: 5000 });
  const receiver = new Redis(url, { maxRetriesPerRequest: null });
  const clients = [sender, receiver];
  const duplicate = receiver.duplicate.bind(receiver);
  // BullMQ makes itself a second connection for blocking calls, and while Redis is away it does not end it.
  receiver.duplicate = (override) => {
    const client = duplicate(override);
    clients.push(client);
    return client;
  };
  for (const client of clients) client.on("error", () => undefined);
  const queue = new Queue(NAME, { connection: sender, prefix: `{${options.prefix}}` });
  const worker = new Worker(NAME, handle, {
    ...workerOptions(options),
    connection: receiver,
    prefix: `{${options.prefix}}`,
  });
  return {
    queue,
    worker,
    isConnected: () => clients.every(({ status }) => status === "ready"),
    release() {
      for (const client of clients) client.disconnect();
    },
  };
}
