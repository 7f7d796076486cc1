import { defineExporter } from "#core/factory.ts";
import { HttpClient } from "#kit/http/http-client.ts";
import { createHttpExporter } from "#kit/http/http-exporter.ts";
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
    return createHttpExporter(client, createSend(client, options, context), context, options);
  },
});
