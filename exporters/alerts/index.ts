import * as z from "zod";
import { alertFromRecord } from "#core/alert-record.ts";
import type { LogBatch } from "#core/batch.ts";
import { PermanentError, TidewatchError } from "#core/errors.ts";
import { defineExporter } from "#core/factory.ts";
import { type Report, retryConfig, timeoutConfig } from "#kit/deliver.ts";
import { extensionId } from "#kit/schema-types.ts";
import { createSender } from "#kit/sender.ts";
import { sendingQueueConfig } from "#kit/sending-queue-config.ts";
import { saveAlert } from "#store/alerts.ts";
import type { Store } from "#store/connect-store.ts";
import { isStoreExtension } from "#store/store-extension.ts";

const config = z.strictObject({
  store: extensionId().default("store").describe("Id of the store extension."),
  sending_queue: sendingQueueConfig,
  retry_on_failure: retryConfig,
  timeout: timeoutConfig,
});

export const alertsExporter = defineExporter({
  type: "alerts",
  stability: "beta",
  summary: "Keeps alerts in the store, one row per alert id.",
  config,
  create: (options, context) => {
    let store: Store | undefined;
    const send = async (batch: LogBatch): Promise<Report> => {
      if (store === undefined) throw new TidewatchError("the exporter has not started", { code: "not_started" });
      const refused: { index: number; reason: PermanentError }[] = [];
      for (let index = 0; index < batch.size; index++) {
        const alert = alertFromRecord(batch.at(index));
        if (typeof alert !== "string") await saveAlert(store, alert);
        else
          refused.push({ index, reason: new PermanentError(`not a usable alert: ${alert}`, { code: "not_an_alert" }) });
      }
      return { refused };
    };
    const sender = createSender(send, context, options);
    return {
      countsSent: true,
      async start() {
        ({ store } = context.extension(options.store, isStoreExtension));
        await sender.start();
      },
      consume: (batch, signal) => sender.consume(batch, signal),
      shutdown: (deadline) => sender.shutdown(deadline),
    };
  },
});
