import * as z from "zod";
import { defineProcessor } from "#core/factory.ts";
import { snapshotSettings } from "#kit/snapshot.ts";
import { DetectProcessor } from "./processor.ts";

const config = z.strictObject({
  rules: z.array(z.string().min(1)).min(1).describe("Globs of Sigma rule files."),
  strict: z.boolean().default(false).describe("Refuse to start when a rule cannot be loaded (also --strict)."),
  max_groups: z.int().positive().default(100_000).describe("Most groups that correlations count at once."),
  ...snapshotSettings,
});

export const detectProcessor = defineProcessor({
  type: "detect",
  stability: "beta",
  summary: "Matches records against Sigma rules and emits alerts; pipelines that name it as a receiver get them.",
  config,
  emits: true,
  create: (options, context, next, emitted) => new DetectProcessor(options, context, next, emitted),
});
