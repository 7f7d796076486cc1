import type { ExtensionFactory } from "#core/factory.ts";
import { fileStorageExtension } from "./file_storage/index.ts";

export const extensions: readonly ExtensionFactory[] = [fileStorageExtension];
