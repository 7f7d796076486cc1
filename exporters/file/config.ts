import * as z from "zod";
import { retryConfig, timeoutConfig } from "#kit/deliver.ts";
import { sendingQueueConfig } from "#kit/sending-queue-config.ts";

export const fileConfig = z.strictObject({
  path: z.string().min(1).describe("File to append to; its folder is made if it is missing."),
  format: z
    .enum(["json", "otlp_json"])
    .default("json")
    .describe("`json`: one record a line; `otlp_json`: one OTLP/JSON request a line."),
  rotation: z
    .strictObject({
      max_megabytes: z.number().positive().default(100).describe("Size at which a new file is begun."),
      max_backups: z.int().nonnegative().default(100).describe("Rotated files to keep; 0 keeps all."),
    })
    .optional()
    .describe("Begin new files; without it the file grows."),
  fsync: z
    .enum(["always", "never"])
    .default("always")
    .describe("`always`: a record is safe when the disk has it (grouped); `never`: when the operating system has it."),
  sending_queue: sendingQueueConfig,
  retry_on_failure: retryConfig,
  timeout: timeoutConfig,
});

export type FileConfig = typeof fileConfig._output;
