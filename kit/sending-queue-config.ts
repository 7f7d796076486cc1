import * as z from "zod";
import { byteSize, duration, extensionId } from "./schema-types.ts";
import type { GatherOptions } from "./gather.ts";
import { SIZERS, sizerName } from "./sizer.ts";

const batch = z
  .strictObject({
    flush_timeout: duration().prefault("200ms").describe("What is less than min_size waits no longer than this."),
    min_size: z.int().min(0).default(8192).describe("What is less waits for company, in units of `sizer`."),
    max_size: z
      .int()
      .min(0)
      .default(0)
      .describe("Most that goes together; a larger batch goes in pieces; 0 = no limit."),
    sizer: sizerName.default("items").describe("Unit of min_size and max_size: batches, records or bytes."),
  })
  .refine(({ min_size, max_size }) => max_size === 0 || max_size >= min_size, {
    path: ["max_size"],
    message: "must not be less than min_size",
  })
  .describe("Joins batches of the queue, with `batch: {}` too; without it each goes by itself.");

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
        "Most that the queue holds, in units of `sizer`. 1000 without storage; with storage none by default, max_bytes counts.",
      ),
    sizer: sizerName.default("requests").describe("Unit of queue_size: batches, records or bytes."),
    batch: batch.optional(),
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
  .refine(({ queue_size, sizer, batch: join }) => sizer !== join?.sizer || (queue_size ?? Infinity) >= join.min_size, {
    path: ["queue_size"],
    message: "must not be less than batch::min_size: the queue would wait for more than it may hold",
  })
  .optional()
  .describe("A queue in front of the other side.");

export type SendingQueueConfig = NonNullable<z.output<typeof sendingQueueConfig>>;

/** How batches of the queue go on: each by itself, unless `batch` says otherwise. */
export function gatherOptions({ batch: join, num_consumers }: SendingQueueConfig): GatherOptions {
  const alone = { sizer: SIZERS.requests, min_size: 0, max_size: 1, flush_timeout: 0 };
  return { ...(join === undefined ? alone : { ...join, sizer: SIZERS[join.sizer] }), at_once: num_consumers };
}
