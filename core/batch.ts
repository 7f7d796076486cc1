import type { AttributeSet, Resource } from "./attributes.ts";
import type { Columns } from "./columns.ts";
import type { LogRecord } from "./record.ts";

/**
 * Attributes that a processor added, sparse by record. `index[i]` is 0 for nothing, or k for `sets[k - 1]`; without
 * an index every record carries `sets[0]`. Later layers win over earlier ones, and layers over the record's own.
 */
export interface OverlayLayer {
  readonly sets: readonly AttributeSet[];
  readonly index: Uint32Array | undefined;
}

/**
 * An immutable run of records with one resource. Nobody changes a batch: a processor that adds or drops makes a new
 * one that shares the bytes. Several consumers may hold it at once; it stays valid until the last one lets go.
 */
export interface LogBatch extends Iterable<LogRecord> {
  readonly resource: Resource;
  readonly size: number;
  /** Memory that the records hold, in bytes; an estimate for object-backed batches. */
  readonly sizeBytes: number;
  readonly layers: readonly OverlayLayer[];
  /** The raw bytes and their index where the batch has them; only hot paths look here, and fall back to records. */
  readonly columns: Columns | undefined;
  /** @throws RangeError when there is no such record. */
  at(index: number): LogRecord;
  withLayer(layer: OverlayLayer): LogBatch;
  withResource(resource: Resource): LogBatch;
  /** The records at these positions, in this order. */
  select(indexes: ArrayLike<number>): LogBatch;
}

/** The attribute set that a layer puts on record `i`, if any. */
export function layerSet(layer: OverlayLayer, i: number): AttributeSet | undefined {
  if (layer.index === undefined) return layer.sets[0];
  const k = layer.index[i] ?? 0;
  return k === 0 ? undefined : layer.sets[k - 1];
}

/** The layers of the records at these positions. */
export function selectLayers(layers: readonly OverlayLayer[], indexes: ArrayLike<number>): OverlayLayer[] {
  return layers.map(({ sets, index }) => {
    if (index === undefined) return { sets, index };
    return { sets, index: Uint32Array.from(indexes, (i) => index[i] ?? 0) };
  });
}
