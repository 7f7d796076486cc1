import * as z from "zod";
import { byteSize, duration, extensionId } from "./schema-types.ts";

/** `sending_queue` of every exporter: the collector's names, and what Tidewatch adds for queues on the disk. */
export const sendingQueueConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Queue records in front of the other side."),
    num_consumers: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe("Batches sent at once. More than one gives up their order."),
    queue_size: z
      .int()
      .min(1)
      .optional()
      .describe(
        "Most that the queue holds, in units of `sizer`. 1000 without storage; with storage only max_bytes counts.",
      ),
    sizer: z
      .enum(["requests", "items", "bytes"])
      .default("requests")
      .describe("Unit of queue_size: batches, records or bytes."),
    block_on_overflow: z
      .boolean()
      .default(true)
      .describe("When the queue is full: true lets the source wait, false hands the records back to it at once."),
    storage: extensionId()
      .optional()
      .describe("Storage extension that keeps the queue on the disk: records are safe once they are in it."),
    fsync: z
      .enum(["always", "interval", "none"])
      .default("always")
      .describe(
        "With storage: `always` waits until the disk has it (grouped), `interval` syncs every 500 ms, `none` never.",
      ),
    max_bytes: byteSize().prefault("10GiB").describe("With storage: most that the queue may take on the disk."),
    min_free_bytes: byteSize()
      .prefault("512MiB")
      .describe("With storage: room on the disk that the queue leaves free."),
    on_full: z
      .enum(["wait", "drop_oldest"])
      .default("wait")
      .describe("With storage: at max_bytes sources wait, or the oldest records go, alerts last, each counted."),
    checkpoint_interval: duration()
      .prefault("1s")
      .describe("With storage: a crash repeats what was sent since the last one."),
  })
  .optional()
  .describe("A queue in front of the other side.");

export type SendingQueueConfig = NonNullable<z.output<typeof sendingQueueConfig>>;
