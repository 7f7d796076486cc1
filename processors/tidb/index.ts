import * as z from "zod";
import { AttributeSet } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { usedFields } from "#core/columns.ts";
import { defineProcessor } from "#core/factory.ts";
import { KeyTable } from "#core/key-table.ts";
import { attributeName } from "#tidb/field-names.ts";
import { BatchParser } from "#tidb/parse-batch.ts";
import { PARSE_ERROR_ATTRIBUTE, PARSE_ERRORS } from "#tidb/parse-error.ts";
import { COMPONENTS, componentOf } from "./component-name.ts";
import { packBodies } from "./pack-bodies.ts";

const config = z.strictObject({
  component: z
    .enum(["auto", ...COMPONENTS])
    .default("auto")
    .describe("What wrote the lines; `auto` goes by `service.name` or the file's name."),
});

const PARSE_ERROR_SETS = PARSE_ERRORS.slice(1).map((reason) => new AttributeSet({ [PARSE_ERROR_ATTRIBUTE]: reason }));

export const tidbProcessor = defineProcessor({
  type: "tidb",
  stability: "beta",
  summary: "Parses the log lines of TiDB, PD, TiKV and TiProxy and the slow log, in place.",
  config,
  create: (options, context, next) => {
    const keys = new KeyTable(attributeName);
    const failed = context.meter.createCounter("tidewatch_tidb_parse_failed", {
      description: "Records that are no TiDB log line; they pass on whole, with the reason.",
    });
    const free: BatchParser[] = [];
    const parse = (batch: LogBatch, parser: BatchParser): LogBatch => {
      // Records that have fields already keep the line in their bodies.
      const isRaw = batch instanceof ColumnBatch && usedFields(batch.columns) === 0;
      const raw = isRaw ? batch : packBodies(batch, keys);
      const parsed = parser.parse(raw.columns);
      const component = componentOf(batch, options.component);
      const resource = { ...batch.resource, attributes: { "service.name": component, ...batch.resource.attributes } };
      const out = new ColumnBatch(resource, parsed.columns, raw.layers);
      if (parsed.errors === undefined) return out;
      failed.add(parsed.failed, { processor: context.id });
      return out.withLayer({ sets: PARSE_ERROR_SETS, index: parsed.errors });
    };
    return {
      async consume(batch, signal) {
        const parser = free.pop() ?? new BatchParser(keys);
        await next.consume(parse(batch, parser), signal);
        // Not after a failure: whoever was interrupted may still hold the batch.
        free.push(parser);
      },
    };
  },
});
