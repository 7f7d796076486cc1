import * as z from "zod";
import { defineProcessor } from "#core/factory.ts";
import { conditionGroups, conditionList, errorMode } from "#ottl/settings.ts";
import { FilterProcessor } from "./filter-processor.ts";
import { toRules } from "./rules.ts";

const config = z
  .strictObject({
    error_mode: errorMode()
      .default("ignore")
      .describe(
        "When a condition fails: `ignore` goes on with the next and logs, `silent` does not log, `propagate` sets the record aside.",
      ),
    logs: z
      .strictObject({
        resource: conditionList("resource")
          .optional()
          .describe("OTTL conditions on the resource; one that holds drops all records."),
        log_record: conditionList("log").optional().describe("OTTL conditions on a record; one that holds drops it."),
      })
      .optional()
      .describe("The older way to write conditions."),
    log_conditions: conditionGroups()
      .optional()
      .describe(
        "OTTL conditions, or maps of `context`, `conditions` and `error_mode`; a record is dropped when one holds.",
      ),
  })
  .refine(({ logs, log_conditions }) => logs === undefined || log_conditions === undefined, {
    path: ["log_conditions"],
    message: "write either logs or log_conditions",
  });

export const filterProcessor = defineProcessor({
  type: "filter",
  stability: "alpha",
  summary: "Drops records on which an OTTL condition holds.",
  config,
  create: (options, context, next) => new FilterProcessor(toRules(options), context, next),
});
