import type { AttributeSet } from "#core/attributes.ts";
import type { OverlayLayer } from "#core/batch.ts";
import type { Columns } from "#core/columns.ts";
import { NO_KEY } from "#core/key-table.ts";

/** No two layers have a name in common, so their members can stand side by side. */
export function disjoint(layers: readonly OverlayLayer[]): boolean {
  const seen = new Map<string, OverlayLayer>();
  for (const layer of layers) {
    for (const names of distinctNames(layer.sets)) {
      for (const name of names) {
        const other = seen.get(name);
        if (other !== undefined && other !== layer) return false;
        seen.set(name, layer);
      }
    }
  }
  return true;
}

function distinctNames(sets: readonly AttributeSet[]): Set<readonly string[]> {
  const distinct = new Set<readonly string[]>();
  let last: readonly string[] | undefined;
  for (const { names } of sets) {
    if (names === last) continue;
    last = names;
    distinct.add(names);
  }
  return distinct;
}

/** Marks the keys of fields that a layer may hide; undefined when there are none. */
export function hiddenKeys(columns: Columns, layers: readonly OverlayLayer[]): Uint8Array | undefined {
  let hidden: Uint8Array | undefined;
  for (const layer of layers) {
    for (const names of distinctNames(layer.sets)) {
      for (const name of names) {
        const key = columns.keys.find(name);
        if (key === NO_KEY) continue;
        hidden ??= new Uint8Array(columns.keys.size);
        hidden[key] = 1;
      }
    }
  }
  return hidden;
}
