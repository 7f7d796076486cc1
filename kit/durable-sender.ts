import type { Counter } from "@opentelemetry/api";
import type { LogBatch } from "#core/batch.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import { errorMessage, PermanentError, RetryableError, TidewatchError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { isStorageExtension } from "#core/storage.ts";
import { BatchCodec } from "./batch-codec.ts";
import type { DurableQueue, QueueItem } from "./queue/durable-queue.ts";
import { openQueue } from "./queue/open-queue.ts";
import { QUEUE_CAPACITY, QUEUE_SIZE, refusedCounter } from "./queue-admission.ts";
import type { SendingQueueConfig } from "./sending-queue-config.ts";

/** Classes of priority: what is dropped last when an operator wants the oldest dropped. */
const BULK = 0;
const ALERTS = 3;

/** Pause after the disk refused to give an item. */
const READ_AGAIN_MS = 1000;

type Settings = SendingQueueConfig & { readonly storage: string };

/**
 * A queue on the disk between the pipeline and the other side. `consume` resolves when the queue has the batch; workers
 * take the oldest, deliver it, and only then is it done. What is not done when the process ends comes again, in order.
 */
export class DurableSender implements Consumer {
  readonly #delivery: Consumer;
  readonly #context: Context;
  readonly #settings: Settings;
  readonly #codec = new BatchCodec();
  /** Ends taking from the queue. */
  readonly #stop = new AbortController();
  /** Ends what is being delivered. */
  readonly #abort = new AbortController();
  readonly #refused: Counter;
  #queue: DurableQueue | undefined;
  #workers: Promise<void>[] = [];

  constructor(delivery: Consumer, context: Context, settings: Settings) {
    this.#delivery = delivery;
    this.#context = context;
    this.#settings = settings;
    this.#refused = refusedCounter(context);
    this.#observe();
  }

  async start(): Promise<void> {
    const { storage, fsync, max_bytes, min_free_bytes, on_full, checkpoint_interval, num_consumers } = this.#settings;
    const { id, log, clock, meter } = this.#context;
    const directory = this.#context.extension(storage, isStorageExtension).directory(id);
    const dropped = meter.createCounter("tidewatch_dropped_log_records", {
      description: "Records given up on purpose, by reason.",
    });
    dropped.add(0, { component: id, reason: "queue_full" });
    this.#queue = await openQueue(
      directory,
      { fsync, max_bytes, min_free_bytes, on_full, checkpoint_interval },
      { clock, log, onDropped: ({ records }) => dropped.add(records, { component: id, reason: "queue_full" }) },
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
    this.#workers = Array.from({ length: num_consumers }, () => this.#work());
  }

  async consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const queue = this.#queue;
    if (queue === undefined) throw new RetryableError("the sending queue is not open", { code: "queue_closed" });
    const priority = batch.columns === undefined && isAlerts(batch) ? ALERTS : BULK;
    const item = { payload: this.#codec.encode(batch), records: batch.size, priority };
    try {
      await queue.append(item, signal, this.#settings.block_on_overflow);
    } catch (error) {
      // Set aside here: handed back it would be set aside for the other exporters of the pipeline as well.
      if (error instanceof PermanentError) return this.#context.reject(batch, error);
      if (!signal.aborted) this.#refused.add(batch.size, { exporter: this.#context.id });
      throw error;
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
    await Promise.all(this.#workers);
    ended.abort();
    deadline.removeEventListener("abort", giveUp);
    const queue = this.#queue;
    this.#queue = undefined;
    await queue?.close();
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    const { clock, log } = this.#context;
    const queue = this.#queue as DurableQueue;
    while (!this.#stop.signal.aborted) {
      try {
        const item = await queue.take(this.#stop.signal);
        await this.#send(queue, item);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        log.error({ error }, "queue cannot be read, will try again");
        await clock.sleep(READ_AGAIN_MS, this.#stop.signal);
      }
    }
  }

  async #send(queue: DurableQueue, item: QueueItem): Promise<void> {
    try {
      await this.#deliver(item);
      queue.done(item);
    } catch (error) {
      queue.giveBack(item);
      if (this.#abort.signal.aborted) return;
      this.#context.log.error({ error }, "batch of the queue was not delivered, will try again");
      await this.#context.clock.sleep(READ_AGAIN_MS, this.#stop.signal);
    }
  }

  async #deliver(item: QueueItem): Promise<void> {
    let batch: LogBatch;
    try {
      batch = this.#codec.decode(item.payload);
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
    await this.#delivery.consume(batch, this.#abort.signal);
  }

  #observe(): void {
    const { meter, id } = this.#context;
    const labels = { exporter: id, data_type: "logs" };
    const gauge = (name: string, description: string, read: (queue: DurableQueue) => number): void => {
      meter.createObservableGauge(name, { description }).addCallback((result) => {
        if (this.#queue !== undefined) result.observe(read(this.#queue), labels);
      });
    };
    // Both in bytes: only they are bounded, and dashboards divide one by the other.
    gauge("otelcol_exporter_queue_size", QUEUE_SIZE, (queue) => queue.stats().diskBytes);
    gauge("otelcol_exporter_queue_capacity", QUEUE_CAPACITY, () => this.#settings.max_bytes);
    gauge("tidewatch_exporter_queue_batches", "Batches in a queue on the disk.", (queue) => queue.stats().items);
    gauge("tidewatch_exporter_queue_log_records", "Records in a queue on the disk.", (queue) => queue.stats().records);
    gauge(
      "tidewatch_exporter_queue_age_seconds",
      "Age of the oldest batch in a queue on the disk.",
      (queue) => queue.stats().oldestAgeMs / 1000,
    );
    meter
      .createObservableCounter("tidewatch_exporter_queue_damaged_log_records", {
        description: "Records of a queue lost to damage on the disk.",
      })
      .addCallback((result) => {
        if (this.#queue !== undefined) result.observe(this.#queue.stats().damagedRecords, { exporter: id });
      });
  }
}

/** Time that a delivery under way has when the exporter stops. */
const GRACE_MS = 2000;

function isAlerts(batch: LogBatch): boolean {
  return batch.size > 0 && batch.at(0).eventName === "tidewatch.alert";
}
