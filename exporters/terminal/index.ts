import * as z from "zod";
import { defineExporter } from "#core/factory.ts";
import { TerminalExporter } from "./terminal-exporter.ts";

const config = z.strictObject({
  evidence_lines: z.int().min(0).max(20).default(3).describe("Lines of evidence to show with each alert."),
  footer: z.string().optional().describe("Text to show once, when reading pauses for the first time."),
});

export const terminalExporter = defineExporter({
  type: "terminal",
  stability: "beta",
  summary: "Shows people at a terminal each alert, and how much was read.",
  config,
  create: (options, context) => new TerminalExporter(options, context, process.stdout),
});
