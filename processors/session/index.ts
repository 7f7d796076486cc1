import * as z from "zod";
import { ColumnBatch } from "#core/column-batch.ts";
import { defineProcessor } from "#core/factory.ts";
import { Snapshot, snapshotSettings } from "#kit/snapshot.ts";
import { instanceOf } from "./instance-name.ts";
import { SessionJoin } from "./join-sessions.ts";
import { SessionTable } from "./session-table.ts";

const config = z.strictObject({
  max_sessions: z.int().positive().default(100_000).describe("Most connections that are remembered."),
  ...snapshotSettings,
});

export const sessionProcessor = defineProcessor({
  type: "session",
  stability: "beta",
  summary: "Joins user and client address to lines that carry only a connection id.",
  config,
  create: (options, context, next) => {
    const table = new SessionTable(options.max_sessions);
    const join = new SessionJoin(table);
    const snapshot = new Snapshot(table, options, context);
    const evicted = context.meter.createObservableCounter("tidewatch_session_evicted", {
      description: "Connections forgotten because max_sessions was reached.",
    });
    evicted.addCallback((result) => result.observe(table.evicted, { processor: context.id }));
    return {
      start: () => snapshot.start(),
      consume: (batch, signal) => {
        const joined = batch instanceof ColumnBatch ? join.join(batch, instanceOf(batch)) : batch;
        return next.consume(joined, signal);
      },
      shutdown: () => snapshot.stop(),
    };
  },
});
