import * as z from "zod";
import type { LogBatch } from "#core/batch.ts";

/** How large a batch is, in the unit that an operator chose. */
export type Sizer = (batch: LogBatch) => number;

export const sizerName = z.enum(["requests", "items", "bytes"]);
export type SizerName = z.output<typeof sizerName>;

/** `requests` counts batches, `items` records, `bytes` the memory that they take. */
export const SIZERS: Readonly<Record<SizerName, Sizer>> = {
  requests: () => 1,
  items: (batch) => batch.size,
  bytes: (batch) => batch.sizeBytes,
};
