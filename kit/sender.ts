import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import { deliver, type DeliveryConfig, type Send } from "./deliver.ts";
import { DurableSender } from "./durable-sender.ts";
import { Gathering } from "./gather.ts";
import { QUEUE_CAPACITY, QUEUE_SIZE, QueueAdmission, refusedCounter } from "./queue-admission.ts";
import { gatherOptions, type SendingQueueConfig } from "./sending-queue-config.ts";
import { SIZERS } from "./sizer.ts";

export interface SenderConfig extends DeliveryConfig {
  readonly sending_queue?: SendingQueueConfig | undefined;
}

/** The way of records from the pipeline to an exporter's `send`: queue, attempts, time-out, retries, setting aside. */
export interface Sender extends Consumer {
  start(): Promise<void>;
  shutdown(deadline: AbortSignal): Promise<void>;
}

/**
 * What an exporter puts in front of its `send`. Start it after, and shut it down before, whatever `send` needs. It counts
 * what was sent and what was not: the exporter declares `countsSent`.
 */
export function createSender(send: Send, context: Context, config: SenderConfig): Sender {
  const { sending_queue: queue } = config;
  const delivery = deliver(send, context, config);
  if (queue === undefined || !queue.enabled) {
    return { start: nothing, shutdown: nothing, consume: (batch, signal) => delivery.consume(batch, signal) };
  }
  return queue.storage === undefined
    ? memorySender(delivery, context, queue)
    : new DurableSender(delivery, context, { ...queue, storage: queue.storage });
}

const nothing = (): Promise<void> => Promise.resolve();

/** Without storage a batch is safe only when it is delivered: the queue bounds how many are under way and how many wait. */
function memorySender(delivery: Consumer, context: Context, config: SendingQueueConfig): Sender {
  const gathering = new Gathering(delivery, gatherOptions(config), context.clock);
  const places = new QueueAdmission({ capacity: config.queue_size ?? 1000, block: config.block_on_overflow });
  const sizer = SIZERS[config.sizer];
  watchQueue(context, places);
  const refused = refusedCounter(context);
  return {
    start: nothing,
    shutdown: async () => gathering.flush(),
    async consume(batch, signal) {
      const amount = sizer(batch);
      try {
        await places.enter(amount, signal);
      } catch (error) {
        if (!signal.aborted) refused.add(batch.size, { exporter: context.id });
        throw error;
      }
      try {
        await gathering.consume(batch, signal);
      } finally {
        places.leave(amount);
      }
    },
  };
}

function watchQueue({ meter, id }: Context, places: QueueAdmission): void {
  const labels = { exporter: id, data_type: "logs" };
  meter
    .createObservableGauge("otelcol_exporter_queue_size", { description: QUEUE_SIZE })
    .addCallback((result) => result.observe(places.size, labels));
  meter
    .createObservableGauge("otelcol_exporter_queue_capacity", { description: QUEUE_CAPACITY })
    .addCallback((result) => result.observe(places.capacity, labels));
}
