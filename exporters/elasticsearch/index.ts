import { defineExporter } from "#core/factory.ts";
import { HttpClient } from "#kit/http/http-client.ts";
import { createHttpExporter } from "#kit/http/http-exporter.ts";
import { elasticsearchConfig, endpointsOf, withLogin } from "./config.ts";
import { createSend } from "./send.ts";

export const elasticsearchExporter = defineExporter({
  type: "elasticsearch",
  stability: "beta",
  summary: "Stores records as documents in Elasticsearch, through its bulk API.",
  config: elasticsearchConfig,
  create(options, context) {
    const urls = endpointsOf(options).map((endpoint) => new URL(endpoint));
    const client = new HttpClient(withLogin(options), context, urls);
    return createHttpExporter(client, createSend(client, options, context), context, options);
  },
});
