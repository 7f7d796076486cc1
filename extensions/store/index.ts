import * as z from "zod";
import { TidewatchError } from "#core/errors.ts";
import { defineExtension } from "#core/factory.ts";
import { secret } from "#kit/schema-types.ts";
import { connectStore, type Store } from "#store/connect-store.ts";
import type { StoreExtension } from "#store/store-extension.ts";

const config = z
  .strictObject({
    url: secret().optional().describe("A PostgreSQL of yours: postgres://user:password@host/database."),
    data_dir: z
      .string()
      .min(1)
      .default("data/store")
      .describe("Without url: where Tidewatch keeps its own PostgreSQL."),
  })
  .describe("Where alerts, runs and their effects are kept.");

export const storeExtension = defineExtension({
  type: "store",
  stability: "beta",
  summary: "The PostgreSQL database of alerts, runs and effects: yours by URL, or one that Tidewatch starts itself.",
  config,
  create: ({ url, data_dir }, context): StoreExtension => {
    let opened: Store | undefined;
    return {
      get store() {
        if (opened === undefined) throw new TidewatchError("the store has not started", { code: "store_not_started" });
        return opened;
      },
      async start() {
        opened = await connectStore(url === undefined ? { data_dir } : { url: url.reveal() }, context);
      },
      async shutdown() {
        const closing = opened;
        opened = undefined;
        await closing?.close();
      },
    };
  },
});
