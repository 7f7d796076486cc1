import * as z from "zod";
import { byteSize, duration, extensionId } from "#kit/schema-types.ts";
import { compileLinePattern } from "./line-pattern.ts";

const linePattern = z.string().transform((pattern, context) => {
  const compiled = compileLinePattern(pattern);
  if (typeof compiled !== "string") return compiled;
  context.addIssue({ code: "custom", message: `not a regular expression (RE2 syntax): ${compiled}` });
  return z.NEVER;
});

export const fileLogConfig = z.strictObject({
  include: z.array(z.string().min(1)).min(1).describe("Globs of the files to read (`**` crosses directories)."),
  exclude: z.array(z.string().min(1)).default([]).describe("Globs of files to leave out."),
  start_at: z
    .enum(["beginning", "end"])
    .default("end")
    .describe("Where to begin in files that are there at the first start; files that appear later are read whole."),
  poll_interval: duration().prefault("200ms").describe("How often to look for new files and new lines."),
  checkpoint_interval: duration()
    .prefault("1s")
    .describe("With storage: how often the offsets are written down; a crash reads again what came since."),
  fingerprint_size: byteSize().prefault(1000).describe("Bytes at a file's beginning that identify its content."),
  max_log_size: byteSize().prefault("1MiB").describe("Longest record; a longer one goes on in the next record."),
  max_concurrent_files: z.int().positive().default(1024).describe("Most files that are open at once."),
  multiline: z
    .strictObject({
      line_start_pattern: linePattern.describe("Regular expression (RE2) for the first line of a record."),
    })
    .optional()
    .describe("How lines make records; without it each line is one."),
  force_flush_period: duration()
    .prefault("500ms")
    .describe("How long an incomplete last record may wait for its rest before it is sent."),
  resource: z.record(z.string(), z.string()).default({}).describe("Resource attributes, such as `service.name: tidb`."),
  attributes: z.record(z.string(), z.string()).default({}).describe("Attributes of every record."),
  storage: extensionId()
    .optional()
    .describe("Storage extension that keeps the checkpoints; without it a restart begins at `start_at`."),
});

export type FileLogConfig = z.output<typeof fileLogConfig>;
