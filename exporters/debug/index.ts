import * as z from "zod";
import { defineExporter } from "#core/factory.ts";
import { RENDERERS } from "./render.ts";

const config = z.strictObject({
  verbosity: z
    .enum(["basic", "normal", "detailed"])
    .default("basic")
    .describe("`basic`: one line a batch; `normal`: one line a record; `detailed`: every field."),
  use_stderr: z.boolean().default(false).describe("Write to standard error instead of standard output."),
});

export const debugExporter = defineExporter({
  type: "debug",
  deprecated_types: ["logging"],
  stability: "beta",
  summary: "Prints records to the terminal.",
  config,
  create: (options) => {
    const stream = options.use_stderr ? process.stderr : process.stdout;
    return {
      // The stream's own buffer is not safe enough to say so: wait until the text was handed over.
      consume: (batch) =>
        new Promise((resolve, reject) => {
          stream.write(RENDERERS[options.verbosity](batch), (error) => (error ? reject(error) : resolve()));
        }),
    };
  },
});
