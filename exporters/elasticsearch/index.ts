import { defineExporter } from "#core/factory.ts";
import { HttpClient } from "#kit/http/http-client.ts";
import { createSender } from "#kit/sender.ts";
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
