import * as z from "zod";
import { BatchEdit } from "#core/batch-edit.ts";
import { defineProcessor } from "#core/factory.ts";
import { attributeActions } from "#kit/attribute-actions.ts";

const config = z.strictObject({
  attributes: attributeActions().describe("What is done with the resource's attributes, in order."),
});

export const resourceProcessor = defineProcessor({
  type: "resource",
  stability: "alpha",
  summary: "Inserts, updates, deletes, hashes, extracts and converts attributes of the resource.",
  config,
  create: ({ attributes }, _context, next) => ({
    consume(batch, signal) {
      const edit = new BatchEdit(batch);
      for (const apply of attributes) apply(edit.resource);
      return next.consume(edit.finish(), signal);
    },
  }),
});
