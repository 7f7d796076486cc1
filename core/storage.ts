import type { Extension } from "./component.ts";

/** Small durable state of one component: checkpoints and snapshots, not data. */
export interface Storage {
  get(key: string): Promise<Buffer | undefined>;
  /** Resolves once the value survives a crash; a reader sees the old value or the new one, never a mix. */
  set(key: string, value: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
}

/** An extension that lends components durable storage; each has its own keys. */
export interface StorageExtension extends Extension {
  storage(componentId: string): Storage;
  /** A folder of the component's own, which may not exist yet. */
  directory(componentId: string): string;
}

export function isStorageExtension(extension: Extension): extension is StorageExtension {
  return "storage" in extension && typeof extension.storage === "function";
}
