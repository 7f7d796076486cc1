import type { Attributes, AttributeValue } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import type { LogRecord } from "#core/record.ts";
import { SCOPE_NAME } from "./otlp/encode-logs.ts";
import { isInt64, toOtlpSeverity, toOtlpTime } from "./otlp/limits.ts";

/** A batch as one OTLP/JSON `ExportLogsServiceRequest` (OTLP 1.x: 64-bit integers as strings, bytes as base64). */
export function toOtlpJson(batch: LogBatch): string {
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: toKeyValues(batch.resource.attributes) },
        scopeLogs: [{ scope: { name: SCOPE_NAME }, logRecords: Array.from(batch, toLogRecord) }],
      },
    ],
  });
}

function toLogRecord(record: LogRecord): object {
  const severityNumber = toOtlpSeverity(record.severityNumber);
  const time = toOtlpTime(record.timeUnixNano);
  return {
    ...(time === 0n ? {} : { timeUnixNano: time.toString() }),
    observedTimeUnixNano: toOtlpTime(record.observedTimeUnixNano).toString(),
    ...(severityNumber === 0 ? {} : { severityNumber }),
    ...(record.severityText === undefined ? {} : { severityText: record.severityText }),
    ...(record.eventName === undefined ? {} : { eventName: record.eventName }),
    body: toAnyValue(record.body),
    attributes: toKeyValues(record.attributes),
  };
}

function toKeyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key: key.toWellFormed(), value: toAnyValue(value) }));
}

function toAnyValue(value: AttributeValue): object {
  if (value === null) return {};
  switch (typeof value) {
    case "string":
      return { stringValue: value.toWellFormed() };
    case "boolean":
      return { boolValue: value };
    case "bigint":
      return isInt64(value) ? { intValue: value.toString() } : { stringValue: value.toString() };
    case "number":
      if (Number.isSafeInteger(value)) return { intValue: value.toString() };
      return { doubleValue: Number.isFinite(value) ? value : String(value) };
    default:
      if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
      if (isList(value)) return { arrayValue: { values: value.map(toAnyValue) } };
      return { kvlistValue: { values: toKeyValues(value) } };
  }
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
