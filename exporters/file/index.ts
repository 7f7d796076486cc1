import { defineExporter } from "#core/factory.ts";
import { deliver } from "#kit/deliver.ts";
import { AppendFile } from "./append-file.ts";
import { fileConfig } from "./config.ts";
import { createEncode } from "./encode.ts";

export const fileExporter = defineExporter({
  type: "file",
  stability: "beta",
  summary: "Appends records to a file as JSON lines or OTLP/JSON, with rotation.",
  config: fileConfig,
  create: (options, context) => {
    const file = new AppendFile(options, createEncode(options.format), context.clock);
    const delivery = deliver((batch) => file.append(batch), context, options);
    return {
      start: () => file.open(),
      consume: (batch, signal) => delivery.consume(batch, signal),
      shutdown: () => file.close(),
    };
  },
});
