import type { ExtensionFactory } from "#core/factory.ts";
import { responderExtension } from "../playbooks/responder/index.ts";
import { fileStorageExtension } from "./file_storage/index.ts";
import { healthCheckExtension } from "./health_check/index.ts";
import { storeExtension } from "./store/index.ts";
import { zpagesExtension } from "./zpages/index.ts";

export const extensions: readonly ExtensionFactory[] = [
  fileStorageExtension,
  healthCheckExtension,
  storeExtension,
  responderExtension,
  zpagesExtension,
];
