import type { AttributeValue } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";

/** The same value made of ordinary objects, so that only their content counts. */
function plain(value: AttributeValue): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return (value as readonly AttributeValue[]).map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Everything that a reader can see of a batch. */
export function contentOf(batch: LogBatch): unknown[] {
  return Array.from(batch, (record) => ({
    time: record.timeUnixNano,
    observed: record.observedTimeUnixNano,
    severity: [record.severityNumber, record.severityText],
    event: record.eventName,
    trace: [record.traceId, record.spanId, record.traceFlags],
    body: plain(record.body),
    attributes: plain(record.attributes),
    each: Object.keys(record.attributes).map((key) => plain(record.attribute(key) ?? null)),
    resource: [{ ...record.resource.attributes }, record.resource.schema_url, record.resource.scope?.name],
  }));
}
