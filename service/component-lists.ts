import type {
  AnyFactory,
  ExporterFactory,
  ExtensionFactory,
  ProcessorFactory,
  ReceiverFactory,
} from "#core/factory.ts";
import { exporters } from "../exporters/index.ts";
import { extensions } from "../extensions/index.ts";
import { processors } from "../processors/index.ts";
import { receivers } from "../receivers/index.ts";

/** All components there are, by kind. */
export interface ComponentLists {
  readonly receivers: readonly ReceiverFactory[];
  readonly processors: readonly ProcessorFactory[];
  readonly exporters: readonly ExporterFactory[];
  readonly extensions: readonly ExtensionFactory[];
}

export const COMPONENT_LISTS: ComponentLists = { receivers, processors, exporters, extensions };

/** The factory for a type as written, and whether the spelling is an old one. */
export function findFactory<F extends Pick<AnyFactory, "type" | "deprecatedTypes">>(
  factories: readonly F[],
  type: string,
): { readonly factory: F; readonly deprecated: boolean } | undefined {
  const factory = factories.find((known) => known.type === type);
  if (factory !== undefined) return { factory, deprecated: false };
  const old = factories.find((known) => known.deprecatedTypes.includes(type));
  return old === undefined ? undefined : { factory: old, deprecated: true };
}
