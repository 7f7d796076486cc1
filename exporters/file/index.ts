import { defineExporter } from "#core/factory.ts";
import { createSender } from "#kit/sender.ts";
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
    const sender = createSender((batch) => file.append(batch), context, options);
    return {
      countsSent: true,
      async start() {
        await file.open();
        await sender.start();
      },
      consume: (batch, signal) => sender.consume(batch, signal),
      async shutdown(deadline) {
        await sender.shutdown(deadline);
        await file.close();
      },
    };
  },
});
