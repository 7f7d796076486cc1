import * as z from "zod";
import { defineProcessor } from "#core/factory.ts";
import { duration } from "#kit/schema-types.ts";
import { MemoryGate } from "./memory-gate.ts";

const MIB = 1024 * 1024;

const config = z
  .strictObject({
    check_interval: duration().prefault("1s").describe("How old a reading of the memory may be."),
    limit_mib: z.int().min(0).default(0).describe("Resident memory that the process may have; 0 = by percentage."),
    spike_limit_mib: z.int().min(0).default(0).describe("Room kept below the limit; 0 = a fifth of it."),
    limit_percentage: z
      .int()
      .min(0)
      .max(100)
      .default(0)
      .describe("The limit in per cent of what the container, or the machine, has. 75 when no limit is given."),
    spike_limit_percentage: z.int().min(0).max(100).default(0).describe("The room in per cent of the same."),
  })
  .refine(({ limit_mib, spike_limit_mib }) => limit_mib === 0 || spike_limit_mib < limit_mib, {
    path: ["spike_limit_mib"],
    message: "must be less than limit_mib",
  })
  .refine(
    ({ limit_percentage, spike_limit_percentage }) =>
      limit_percentage === 0 || spike_limit_percentage < limit_percentage,
    { path: ["spike_limit_percentage"], message: "must be less than limit_percentage" },
  );

export const memoryLimiterProcessor = defineProcessor({
  type: "memory_limiter",
  stability: "beta",
  summary: "Holds records back while the process uses too much memory: sources wait, nothing is dropped.",
  config,
  create: (options, context, next) => {
    const { host, meter, log } = context;
    const percent = (share: number): number => (host.memoryLimitBytes * share) / 100;
    const hardBytes = options.limit_mib > 0 ? options.limit_mib * MIB : percent(options.limit_percentage || 75);
    const roomBytes =
      options.spike_limit_mib > 0
        ? options.spike_limit_mib * MIB
        : percent(options.spike_limit_percentage) || hardBytes / 5;
    const labels = { processor: context.id };
    const accepted = meter.createCounter("otelcol_processor_memory_limiter_accepted_log_records", {
      description: "Records that passed.",
    });
    const waited = meter.createCounter("tidewatch_processor_memory_limiter_waited_log_records", {
      description: "Records that were held back for want of memory before they passed.",
    });
    const gate = new MemoryGate({ softBytes: hardBytes - roomBytes, checkIntervalMs: options.check_interval }, context);
    return {
      start() {
        log.info(
          { limit_mib: Math.round(hardBytes / MIB), held_from_mib: Math.round((hardBytes - roomBytes) / MIB) },
          "memory is limited",
        );
        return Promise.resolve();
      },
      async consume(batch, signal) {
        if (await gate.enter(signal)) waited.add(batch.size, labels);
        try {
          accepted.add(batch.size, labels);
          await next.consume(batch, signal);
        } finally {
          gate.leave();
        }
      },
    };
  },
});
