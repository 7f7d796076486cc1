import { type AttributeSet, type Resource, toJson } from "./attributes.ts";
import type { LogBatch, OverlayLayer } from "./batch.ts";
import { ColumnBatch } from "./column-batch.ts";
import { type Columns, FIELD_SLOTS, usedFields } from "./columns.ts";
import { ObjectBatch } from "./object-batch.ts";
import { RecordDraft } from "./record-draft.ts";

/**
 * The records of all batches, in order, in as few batches as can hold them: neighbours with the same resource become one.
 * Columns are joined by copying when their tables are the same, otherwise each stays a batch of its own. What comes back
 * may be one of the batches given; it lives as long as they do.
 */
export function concatBatches(batches: readonly LogBatch[]): LogBatch[] {
  const out: LogBatch[] = [];
  let run: LogBatch[] = [];
  for (const batch of batches) {
    if (batch.size === 0) continue;
    const first = run[0];
    if (first !== undefined && !joins(first, batch)) {
      out.push(join(run));
      run = [];
    }
    run.push(batch);
  }
  if (run.length > 0) out.push(join(run));
  return out;
}

function joins(a: LogBatch, b: LogBatch): boolean {
  if (a.resource !== b.resource && resourceText(a.resource) !== resourceText(b.resource)) return false;
  if (!(a instanceof ColumnBatch) || !(b instanceof ColumnBatch))
    return a instanceof ObjectBatch && b instanceof ObjectBatch;
  const [x, y] = [a.columns, b.columns];
  const sameTables = x.keys === y.keys && x.severities === y.severities && x.eventNames === y.eventNames;
  const sameShape =
    (x.observed === undefined) === (y.observed === undefined) && (x.trace === undefined) === (y.trace === undefined);
  const sameTime = x.observed !== undefined || x.observedTimeUnixNano === y.observedTimeUnixNano;
  return sameTables && sameShape && sameTime && a.layers.length === b.layers.length;
}

function resourceText({ attributes, schema_url = "", scope }: Resource): string {
  const { name = "", version = "", schema_url: described = "", attributes: own = {} } = scope ?? {};
  return toJson([attributes, schema_url, name, version, described, own]);
}

function join(run: readonly LogBatch[]): LogBatch {
  const [first] = run as readonly [LogBatch];
  if (run.length === 1) return first;
  const columns = run.filter((batch) => batch instanceof ColumnBatch);
  if (columns.length === run.length) return joinColumns(columns);
  const records = run.flatMap((batch) => Array.from(batch, (record) => new RecordDraft(record).toPlain()));
  return new ObjectBatch(first.resource, records);
}

function joinColumns(run: readonly ColumnBatch[]): ColumnBatch {
  const [first] = run as readonly [ColumnBatch];
  const parts = run.map(({ columns }) => columns);
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const fieldCounts = parts.map(usedFields);
  const fields = new Int32Array(fieldCounts.reduce((sum, used) => sum + used, 0) * FIELD_SLOTS);
  const joined = {
    timeMs: new Float64Array(count),
    timeNs: new Uint32Array(count),
    start: new Uint32Array(count),
    end: new Uint32Array(count),
    severity: new Uint8Array(count),
    event: new Uint8Array(count),
    body: new Int32Array(count),
    fieldFrom: new Uint32Array(count),
    fieldTo: new Uint32Array(count),
  };
  const observed = first.columns.observed && { ms: new Float64Array(count), ns: new Uint32Array(count) };
  const trace = first.columns.trace && {
    traceId: new Int32Array(count),
    spanId: new Int32Array(count),
    flags: new Uint32Array(count),
  };
  let at = 0;
  let byte = 0;
  let field = 0;
  for (const [k, part] of parts.entries()) {
    const used = fieldCounts[k] as number;
    for (const name of ["timeMs", "timeNs", "severity", "event"] as const)
      joined[name].set(part[name].subarray(0, part.count), at);
    for (let i = 0; i < part.count; i++) {
      joined.start[at + i] = (part.start[i] as number) + byte;
      joined.end[at + i] = (part.end[i] as number) + byte;
      const body = part.body[i] as number;
      joined.body[at + i] = body < 0 ? body : body + field * FIELD_SLOTS;
      joined.fieldFrom[at + i] = (part.fieldFrom[i] as number) + field;
      joined.fieldTo[at + i] = (part.fieldTo[i] as number) + field;
    }
    if (observed !== undefined && part.observed !== undefined) {
      observed.ms.set(part.observed.ms.subarray(0, part.count), at);
      observed.ns.set(part.observed.ns.subarray(0, part.count), at);
    }
    if (trace !== undefined && part.trace !== undefined) {
      trace.flags.set(part.trace.flags.subarray(0, part.count), at);
      for (const name of ["traceId", "spanId"] as const)
        for (let i = 0; i < part.count; i++) trace[name][at + i] = shifted(part.trace[name][i] as number, byte);
    }
    const base = field * FIELD_SLOTS;
    fields.set(part.fields.subarray(0, used * FIELD_SLOTS), base);
    for (let slot = base; slot < base + used * FIELD_SLOTS; slot += FIELD_SLOTS) {
      fields[slot + 1] = (fields[slot + 1] as number) + byte;
      fields[slot + 2] = (fields[slot + 2] as number) + byte;
    }
    at += part.count;
    byte += part.bytes.length;
    field += used;
  }
  const columns: Columns = {
    ...first.columns,
    ...joined,
    observed,
    trace,
    typed: parts.some(({ typed }) => typed),
    fields,
    count,
    bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
    repeatedKeys: parts.some(({ repeatedKeys }) => repeatedKeys),
    validUtf8: parts.every(({ validUtf8 }) => validUtf8),
  };
  return new ColumnBatch(
    first.resource,
    columns,
    first.layers.map((_, l) => joinLayers(run, l, count)),
  );
}

const shifted = (offset: number, by: number): number => (offset < 0 ? offset : offset + by);

function joinLayers(run: readonly ColumnBatch[], l: number, count: number): OverlayLayer {
  const sets: AttributeSet[] = [];
  const index = new Uint32Array(count);
  let at = 0;
  for (const { layers, size } of run) {
    const layer = layers[l] as OverlayLayer;
    const before = sets.length;
    for (const set of layer.sets) sets.push(set);
    for (let i = 0; i < size; i++) {
      const k = layer.index === undefined ? Math.min(1, layer.sets.length) : (layer.index[i] as number);
      index[at + i] = k === 0 ? 0 : k + before;
    }
    at += size;
  }
  return { sets, index };
}
