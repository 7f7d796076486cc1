import * as z from "zod";
import { defineProcessor } from "#core/factory.ts";
import { errorMode, statementGroups } from "#ottl/settings.ts";
import { TransformProcessor } from "./transform-processor.ts";

const config = z.strictObject({
  error_mode: errorMode()
    .default("ignore")
    .describe(
      "When a statement fails: `ignore` goes on with the next and logs, `silent` does not log, `propagate` sets the record aside.",
    ),
  log_statements: statementGroups()
    .default([])
    .describe("OTTL statements, or maps of `context`, `conditions`, `statements` and `error_mode`."),
});

export const transformProcessor = defineProcessor({
  type: "transform",
  stability: "alpha",
  summary: "Changes records with OTTL statements.",
  config,
  create: (options, context, next) =>
    new TransformProcessor(
      options.log_statements.map((group) => ({ ...group, errorMode: group.errorMode ?? options.error_mode })),
      context,
      next,
    ),
});
