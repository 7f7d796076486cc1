import * as z from "zod";
import { defineProcessor } from "#core/factory.ts";
import { Gathering } from "#kit/gather.ts";
import { duration } from "#kit/schema-types.ts";
import { SIZERS } from "#kit/sizer.ts";

const config = z
  .strictObject({
    timeout: duration().prefault("200ms").describe("Accepted for the collector's sake: nothing waits for company."),
    send_batch_size: z
      .int()
      .min(0)
      .default(8192)
      .describe("Accepted for the collector's sake: what came meanwhile goes together, however little."),
    send_batch_max_size: z.int().min(0).default(0).describe("Most records that go together; 0 = no limit."),
  })
  .refine(
    ({ send_batch_size, send_batch_max_size }) => send_batch_max_size === 0 || send_batch_max_size >= send_batch_size,
    {
      path: ["send_batch_max_size"],
      message: "must not be less than send_batch_size",
    },
  );

export const batchProcessor = defineProcessor({
  type: "batch",
  stability: "beta",
  summary: "Sends together what came while the part below was busy; a batch is answered only when it is safe.",
  config,
  create: ({ send_batch_max_size }, { clock }, next) => {
    const how = { sizer: SIZERS.items, min_size: 0, max_size: send_batch_max_size, flush_timeout: 0, at_once: 1 };
    const gathering = new Gathering(next, how, clock);
    return { consume: (batch, signal) => gathering.consume(batch, signal) };
  },
});
