import { join } from "node:path";
import * as z from "zod";
import { defineExtension } from "#core/factory.ts";
import type { Storage, StorageExtension } from "#core/storage.ts";
import { makeDirectory } from "#kit/durable-directory.ts";
import { duration } from "#kit/schema-types.ts";
import { FileStorage } from "./file-storage.ts";

const config = z.strictObject({
  directory: z.string().min(1).default("data/storage").describe("Folder for checkpoints, snapshots and queues."),
  create_directory: z.boolean().default(true).describe("Make the folder if it is missing."),
  timeout: duration().prefault("1s").describe("Accepted for the collector's sake: nobody waits for a lock here."),
  fsync: z
    .boolean()
    .optional()
    .describe("Accepted for the collector's sake: small state is always synced; queues by their own fsync."),
  compaction: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Accepted for the collector's sake: there is nothing to compact."),
});

export const fileStorageExtension = defineExtension({
  type: "file_storage",
  stability: "beta",
  summary: "Keeps small state of components (checkpoints, snapshots) in files that survive a crash.",
  config,
  create: ({ directory, create_directory }): StorageExtension => ({
    start: async () => {
      if (create_directory) await makeDirectory(directory);
    },
    storage: (componentId: string): Storage => new FileStorage(directory, componentId),
    directory: (componentId: string): string => join(directory, `${encodeURIComponent(componentId)}.queue`),
  }),
});
