import type { Exporter } from "#core/component.ts";
import type { Context } from "#core/context.ts";
import type { Send } from "../deliver.ts";
import { createSender, type SenderConfig } from "../sender.ts";
import type { HttpClient } from "./http-client.ts";

/** An exporter whose `send` goes through `client`, which it starts, reloads and shuts down. */
export function createHttpExporter(client: HttpClient, send: Send, context: Context, config: SenderConfig): Exporter {
  const sender = createSender(send, context, config);
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
}
