import * as z from "zod";
import type { Alert } from "#core/alert.ts";
import { alertFromRecord } from "#core/alert-record.ts";
import type { LogBatch } from "#core/batch.ts";
import { PermanentError, TidewatchError } from "#core/errors.ts";
import { defineExporter } from "#core/factory.ts";
import { type Report, retryConfig, timeoutConfig } from "#kit/deliver.ts";
import { extensionId } from "#kit/schema-types.ts";
import { createSender } from "#kit/sender.ts";
import { sendingQueueConfig } from "#kit/sending-queue-config.ts";
import type { Store } from "#store/connect-store.ts";
import { isStoreExtension } from "#store/store-extension.ts";
import { actions } from "../actions/index.ts";
import { loadPlaybooks } from "../language/load-playbooks.ts";
import { createTrigger, type Trigger } from "../language/trigger.ts";
import { acceptAlerts } from "./accept-alerts.ts";

const MAX_ID_LENGTH = 200;

const config = z.strictObject({
  store: extensionId().default("store").describe("Id of the store extension."),
  playbooks: z
    .array(z.string().min(1))
    .min(1)
    .default(["config/playbooks/*.yaml"])
    .describe("Playbook files, also as globs."),
  sending_queue: sendingQueueConfig,
  retry_on_failure: retryConfig,
  timeout: timeoutConfig,
});

export const playbooksExporter = defineExporter({
  type: "playbooks",
  stability: "beta",
  summary: "Takes alerts and opens the runs of the playbooks that answer them.",
  config,
  create: (options, context) => {
    let started: { readonly store: Store; readonly triggers: readonly Trigger[] } | undefined;
    const send = async (batch: LogBatch): Promise<Report> => {
      if (started === undefined) throw new TidewatchError("the exporter has not started", { code: "not_started" });
      const { alerts, refused } = readAlerts(batch);
      const opened = await acceptAlerts(started.store, started.triggers, alerts);
      if (opened > 0) context.log.info({ runs: opened, alerts: alerts.length }, "opened playbook runs");
      return { refused };
    };
    const sender = createSender(send, context, options);
    return {
      countsSent: true,
      async start() {
        const playbooks = await loadPlaybooks(options.playbooks, actions);
        const { store } = context.extension(options.store, isStoreExtension);
        started = { store, triggers: playbooks.map(createTrigger) };
        await sender.start();
      },
      consume: (batch, signal) => sender.consume(batch, signal),
      shutdown: (deadline) => sender.shutdown(deadline),
    };
  },
});

function readAlerts(batch: LogBatch): { alerts: Alert[]; refused: NonNullable<Report["refused"]> } {
  const alerts: Alert[] = [];
  const refused: { index: number; reason: PermanentError }[] = [];
  for (let index = 0; index < batch.size; index++) {
    const alert = alertFromRecord(batch.at(index));
    const problem = typeof alert === "string" ? alert : tooLong(alert);
    if (typeof alert === "string" || problem !== undefined) {
      refused.push({ index, reason: new PermanentError(`not a usable alert: ${problem}`, { code: "not_an_alert" }) });
    } else alerts.push(alert);
  }
  return { alerts, refused };
}

/** Ids are keys of indexes, which have a limit. */
function tooLong({ id }: Alert): string | undefined {
  return id.length > MAX_ID_LENGTH ? `its id is longer than ${MAX_ID_LENGTH} characters` : undefined;
}
