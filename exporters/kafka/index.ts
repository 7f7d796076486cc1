import { TidewatchError } from "#core/errors.ts";
import { defineExporter } from "#core/factory.ts";
import { createSender } from "#kit/sender.ts";
import { LiveTls } from "#kit/tls/live-tls.ts";
import { untilAborted } from "#kit/until-aborted.ts";
import { kafkaConfig } from "./config.ts";
import { createToMessages } from "./messages.ts";
import { createProducer, type KafkaProducer } from "./producer.ts";
import { createSend } from "./send.ts";

export const kafkaExporter = defineExporter({
  type: "kafka",
  stability: "beta",
  summary: "Writes records to a Kafka topic, one message each.",
  config: kafkaConfig,
  create(options, context) {
    const tls = options.tls === undefined || options.tls.insecure ? undefined : new LiveTls(options.tls, context);
    let producer: KafkaProducer | undefined;
    const started = (): KafkaProducer => {
      if (producer === undefined) throw new TidewatchError("the exporter has not started", { code: "not_started" });
      return producer;
    };
    const send = createSend(started, createToMessages(options), options.producer.max_message_bytes);
    const sender = createSender(send, context, options);
    return {
      countsSent: true,
      async start() {
        await tls?.start();
        producer = await createProducer(options, tls?.connectionOptions, context.log);
        await sender.start();
      },
      reload: () => tls?.reload() ?? Promise.resolve(),
      consume: (batch, signal) => sender.consume(batch, signal),
      async shutdown(deadline) {
        await sender.shutdown(deadline);
        await tls?.shutdown();
        const closed = producer?.close() ?? Promise.resolve();
        await untilAborted(closed, deadline).catch((error: unknown) => {
          if (!deadline.aborted) throw error;
        });
      },
    };
  },
});
