import * as z from "zod";
import { byteSize } from "#kit/schema-types.ts";
import { telemetryConfig } from "./telemetry-schema.ts";

const pipeline = z.strictObject({
  receivers: z.array(z.string()).min(1, "a pipeline needs at least one receiver"),
  processors: z.array(z.string()).default([]),
  exporters: z.array(z.string()).min(1, "a pipeline needs at least one exporter"),
});

/** The `service` section. */
export const serviceConfig = z.strictObject({
  extensions: z.array(z.string()).default([]),
  pipelines: z.record(z.string(), pipeline).default({}),
  telemetry: telemetryConfig,
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
