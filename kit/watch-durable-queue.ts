import type { Context } from "#core/context.ts";
import type { DurableQueue } from "./queue/durable-queue.ts";
import { QUEUE_CAPACITY, QUEUE_SIZE } from "./queue-admission.ts";

/** What bounds the queue: dashboards divide one by the other, so both are in one unit. */
interface Bounds {
  size(queue: DurableQueue): number;
  capacity(): number;
}

/** Tells how full a queue on the disk is, while it is open. */
export function watchDurableQueue(
  { meter, id }: Context,
  current: () => DurableQueue | undefined,
  { size, capacity }: Bounds,
): void {
  const labels = { exporter: id, data_type: "logs" };
  const gauge = (name: string, description: string, read: (queue: DurableQueue) => number): void => {
    meter.createObservableGauge(name, { description }).addCallback((result) => {
      const queue = current();
      if (queue !== undefined) result.observe(read(queue), labels);
    });
  };
  gauge("otelcol_exporter_queue_size", QUEUE_SIZE, size);
  gauge("otelcol_exporter_queue_capacity", QUEUE_CAPACITY, capacity);
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
      const queue = current();
      if (queue !== undefined) result.observe(queue.stats().damagedRecords, { exporter: id });
    });
}
