import * as z from "zod";
import { byteSize, endpoint } from "#kit/schema-types.ts";

const pipeline = z.strictObject({
  receivers: z.array(z.string()).min(1, "a pipeline needs at least one receiver"),
  processors: z.array(z.string()).default([]),
  exporters: z.array(z.string()).min(1, "a pipeline needs at least one exporter"),
});

const telemetry = z
  .strictObject({
    logs: z
      .strictObject({
        level: z.enum(["debug", "info", "warn", "error"]).default("info"),
        encoding: z.enum(["console", "json"]).default("console"),
      })
      .prefault({}),
    metrics: z
      .strictObject({
        level: z.enum(["none", "basic", "normal", "detailed"]).default("normal"),
        address: endpoint().default("localhost:8888"),
      })
      .prefault({}),
    resource: z.record(z.string(), z.string().nullable()).default({}),
  })
  .prefault({});

/** The `service` section. */
export const serviceConfig = z.strictObject({
  extensions: z.array(z.string()).default([]),
  pipelines: z.record(z.string(), pipeline).default({}),
  telemetry,
  dead_letter: z
    .strictObject({
      directory: z.string().min(1).default("data/dead_letter").describe("Folder for them; made if it is missing."),
      max_bytes: byteSize().prefault("1GiB").describe("Most that they may take; then pipelines wait for an operator."),
    })
    .prefault({})
    .describe("Where records go that can never be delivered, each with its reason."),
});

export type ServiceConfig = z.output<typeof serviceConfig>;
export type PipelineConfig = z.output<typeof pipeline>;
