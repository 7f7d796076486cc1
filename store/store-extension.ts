import type { Extension } from "#core/component.ts";
import type { Store } from "./connect-store.ts";

/** An extension that lends components the database. */
export interface StoreExtension extends Extension {
  /** The open store. @throws TidewatchError before the extension has started. */
  readonly store: Store;
}

export function isStoreExtension(extension: Extension): extension is StoreExtension {
  return "store" in extension;
}
