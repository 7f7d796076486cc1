import type { Counter } from "@opentelemetry/api";
import type { LogBatch } from "#core/batch.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import { errorMessage, PermanentError, RetryableError, TidewatchError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { isStorageExtension } from "#core/storage.ts";
import { BatchCodec } from "./batch-codec.ts";
import type { DurableQueue, NewQueueItem, QueueItem } from "./queue/durable-queue.ts";
import { openQueue } from "./queue/open-queue.ts";
import type { QueueStats } from "./queue/queue-stats.ts";
import { Gathering } from "./gather.ts";
import { QueueAdmission, refusedCounter } from "./queue-admission.ts";
import { gatherOptions, type SendingQueueConfig } from "./sending-queue-config.ts";
import type { SizerName } from "./sizer.ts";
import { watchDurableQueue } from "./watch-durable-queue.ts";

/** Classes of priority: what is dropped last when an operator wants the oldest dropped. */
const BULK = 0;
const ALERTS = 3;

/** Pause after the disk refused to give an item, or a batch could be neither delivered nor set aside. */
const READ_AGAIN_MS = 1000;

type Settings = SendingQueueConfig & { readonly storage: string };

/** What the queue counts of an item, and of all that it holds, in each unit of `queue_size`. */
const UNITS: Readonly<Record<SizerName, { of(item: NewQueueItem): number; all(stats: QueueStats): number }>> = {
  requests: { of: () => 1, all: ({ items }) => items },
  items: { of: ({ records }) => records, all: ({ records }) => records },
  bytes: { of: ({ payload }) => payload.length, all: ({ bytes }) => bytes },
};

/**
 * A queue on the disk between the pipeline and the other side. `consume` resolves when the queue has the batch; the
 * oldest are taken and delivered, and only then are they done. What is not done when the process ends comes again, in order.
 */
export class DurableSender implements Consumer {
  readonly #gathering: Gathering;
  /** Only where `queue_size` is set. */
  readonly #places: QueueAdmission | undefined;
  readonly #context: Context;
  readonly #settings: Settings;
  readonly #codec = new BatchCodec();
  /** Ends taking from the queue. */
  readonly #stop = new AbortController();
  /** Ends what is being delivered. */
  readonly #abort = new AbortController();
  readonly #refused: Counter;
  #queue: DurableQueue | undefined;
  #feeding: Promise<void> | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #failed = false;

  constructor(delivery: Consumer, context: Context, settings: Settings) {
    const { queue_size: capacity, block_on_overflow: block, sizer } = settings;
    const held = (): number => (this.#queue === undefined ? 0 : UNITS[sizer].all(this.#queue.stats()));
    this.#gathering = new Gathering(delivery, gatherOptions(settings), context.clock);
    this.#places = capacity === undefined ? undefined : new QueueAdmission({ capacity, block, held });
    this.#context = context;
    this.#settings = settings;
    this.#refused = refusedCounter(context);
    watchDurableQueue(context, () => this.#queue, {
      size: (queue) => this.#places?.size ?? queue.stats().diskBytes,
      capacity: () => capacity ?? settings.max_bytes,
    });
  }

  async start(): Promise<void> {
    const { storage, fsync, max_bytes, min_free_bytes, on_full, checkpoint_interval } = this.#settings;
    const { id, log, clock, meter } = this.#context;
    const directory = this.#context.extension(storage, isStorageExtension).directory(id);
    const dropped = meter.createCounter("tidewatch_dropped_log_records", {
      description: "Records given up on purpose, by reason.",
    });
    dropped.add(0, { component: id, reason: "queue_full" });
    this.#queue = await openQueue(
      directory,
      { fsync, max_bytes, min_free_bytes, on_full, checkpoint_interval },
      {
        clock,
        log,
        onDropped: ({ records }) => {
          dropped.add(records, { component: id, reason: "queue_full" });
          this.#places?.changed();
        },
      },
    );
    const { items, records, bytes, damagedRecords } = this.#queue.stats();
    meter
      .createCounter("tidewatch_exporter_queue_restored_log_records", {
        description:
          "Records that the queue held when it was opened, damaged ones included: accepted by an earlier process.",
      })
      .add(records + damagedRecords, { exporter: id });
    if (items > 0)
      log.info({ batches: items, records, bytes }, "queue holds what was not sent before, sending it first");
    this.#feeding = this.#feed();
  }

  async consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const queue = this.#queue;
    if (queue === undefined) throw new RetryableError("the sending queue is not open", { code: "queue_closed" });
    const priority = batch.columns === undefined && isAlerts(batch) ? ALERTS : BULK;
    const { bytes, batch: standing } = this.#codec.encode(batch);
    const item = { payload: bytes, records: batch.size, priority, memo: standing };
    try {
      await this.#append(queue, item, signal);
    } catch (error) {
      // Set aside here: handed back it would be set aside for the other exporters of the pipeline as well.
      if (error instanceof PermanentError) return this.#context.reject(batch, error);
      if (!signal.aborted) this.#refused.add(batch.size, { exporter: this.#context.id });
      throw error;
    }
  }

  async #append(queue: DurableQueue, item: NewQueueItem, signal: AbortSignal): Promise<void> {
    const { sizer, block_on_overflow } = this.#settings;
    const amount = UNITS[sizer].of(item);
    await this.#places?.enter(amount, signal);
    try {
      await queue.append(item, signal, block_on_overflow);
    } finally {
      // From here on the queue counts it.
      this.#places?.leave(amount);
    }
  }

  /** What is under way may end until `deadline`; the rest stays in the queue. */
  async shutdown(deadline: AbortSignal): Promise<void> {
    this.#stop.abort();
    const giveUp = (): void => this.#abort.abort();
    if (deadline.aborted) giveUp();
    deadline.addEventListener("abort", giveUp);
    // An other side that is away would not come back in time: what it did not take is on the disk.
    const ended = new AbortController();
    void this.#context.clock.sleep(GRACE_MS, ended.signal).then(giveUp);
    this.#gathering.flush();
    await this.#feeding;
    await Promise.all(this.#underWay);
    ended.abort();
    deadline.removeEventListener("abort", giveUp);
    const queue = this.#queue;
    this.#queue = undefined;
    await queue?.close();
    // Who still waits for a place learns that there is none any more.
    this.#places?.changed();
  }

  /** Never rejects. */
  async #feed(): Promise<void> {
    const { clock, log } = this.#context;
    const queue = this.#queue as DurableQueue;
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      try {
        await this.#gathering.room(stop);
        // What was answered is settled first: an item that goes back stands before those behind it.
        while (this.#underWay.size > this.#gathering.held) await Promise.race(this.#underWay);
        if (this.#failed) await clock.sleep(READ_AGAIN_MS, stop);
        this.#failed = false;
        const item = await queue.take(stop);
        const sending = this.#send(queue, item).finally(() => this.#underWay.delete(sending));
        this.#underWay.add(sending);
      } catch (error) {
        if (stop.aborted) return;
        log.error({ error }, "queue cannot be read, will try again");
        await clock.sleep(READ_AGAIN_MS, stop);
      }
    }
  }

  /** Never rejects. */
  async #send(queue: DurableQueue, item: QueueItem): Promise<void> {
    try {
      await this.#deliver(item);
      queue.done(item);
      this.#places?.changed();
    } catch (error) {
      queue.giveBack(item);
      if (this.#abort.signal.aborted) return;
      this.#failed = true;
      this.#context.log.error({ error }, "batch of the queue was not delivered, will try again");
    }
  }

  async #deliver(item: QueueItem): Promise<void> {
    let batch: LogBatch;
    try {
      batch = (item.memo as LogBatch | undefined) ?? this.#codec.decode(item.payload);
    } catch (error) {
      // Whole on the disk and yet no batch: evidence all the same.
      const reason = new PermanentError(`queue item is no batch: ${errorMessage(error)}`, {
        cause: error,
        code: error instanceof TidewatchError ? error.code : "batch_bytes",
      });
      const kept = new ObjectBatch({ attributes: {} }, [{ body: new Uint8Array(item.payload) }]);
      await this.#context.reject(kept, reason);
      return;
    }
    await this.#gathering.consume(batch, this.#abort.signal);
  }
}

/** Time that a delivery under way has when the exporter stops. */
const GRACE_MS = 2000;

function isAlerts(batch: LogBatch): boolean {
  return batch.size > 0 && batch.at(0).eventName === "tidewatch.alert";
}
