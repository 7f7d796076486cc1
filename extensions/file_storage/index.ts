import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { defineExtension } from "#core/factory.ts";
import type { Storage, StorageExtension } from "#core/storage.ts";
import { FileStorage } from "./file-storage.ts";

const config = z.strictObject({
  directory: z
    .string()
    .min(1)
    .default("data/storage")
    .describe("Folder for checkpoints and snapshots; made if it is missing."),
});

export const fileStorageExtension = defineExtension({
  type: "file_storage",
  stability: "beta",
  summary: "Keeps small state of components (checkpoints, snapshots) in files that survive a crash.",
  config,
  create: ({ directory }): StorageExtension => ({
    start: async () => {
      await mkdir(directory, { recursive: true });
    },
    storage: (componentId: string): Storage => new FileStorage(directory, componentId),
    directory: (componentId: string): string => join(directory, `${encodeURIComponent(componentId)}.queue`),
  }),
});
