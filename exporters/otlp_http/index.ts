import { defineExporter } from "#core/factory.ts";
import { HttpClient } from "#kit/http/http-client.ts";
import { createSender } from "#kit/sender.ts";
import { logsUrl, otlpHttpConfig } from "./config.ts";
import { createSend } from "./send.ts";

export const otlpHttpExporter = defineExporter({
  type: "otlp_http",
  deprecated_types: ["otlphttp"],
  stability: "beta",
  summary: "Sends records to an OpenTelemetry receiver over HTTP.",
  config: otlpHttpConfig,
  create(options, context) {
    const client = new HttpClient(options, context, [logsUrl(options)]);
    const sender = createSender(createSend(client, options, context), context, options);
    return {
      countsSent: true,
      async start() {
        await client.start();
        await sender.start();
      },
      reload: () => client.reload(),
      consume: (batch, signal) => sender.consume(batch, signal),
      async shutdown(deadline) {
        await sender.shutdown(deadline);
        await client.shutdown();
      },
    };
  },
});
