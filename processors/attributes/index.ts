import * as z from "zod";
import { BatchEdit } from "#core/batch-edit.ts";
import { defineProcessor } from "#core/factory.ts";
import { attributeActions } from "#kit/attribute-actions.ts";
import { matchProperties } from "./match-properties.ts";

const config = z.strictObject({
  include: matchProperties().optional().describe("Only records that have all these properties are changed."),
  exclude: matchProperties().optional().describe("Records that have all these properties are not changed."),
  actions: attributeActions().describe("What is done, in order."),
});

export const attributesProcessor = defineProcessor({
  type: "attributes",
  stability: "alpha",
  summary: "Inserts, updates, deletes, hashes, extracts and converts attributes of records.",
  config,
  create: ({ include, exclude, actions }, _context, next) => ({
    consume(batch, signal) {
      const edit = new BatchEdit(batch);
      for (let i = 0; i < batch.size; i++) {
        const record = edit.draft(i);
        if (include?.(record) === false || exclude?.(record) === true) continue;
        for (const apply of actions) apply(record.draft);
      }
      return next.consume(edit.finish(), signal);
    },
  }),
});
