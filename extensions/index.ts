import type { ExtensionFactory } from "#core/factory.ts";
import { responderExtension } from "../playbooks/responder/index.ts";
import { fileStorageExtension } from "./file_storage/index.ts";
import { storeExtension } from "./store/index.ts";

export const extensions: readonly ExtensionFactory[] = [fileStorageExtension, storeExtension, responderExtension];
