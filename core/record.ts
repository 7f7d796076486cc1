import type { Attributes, AttributeValue, Resource } from "./attributes.ts";

/**
 * One log record of the OpenTelemetry log data model, as a view on its batch: reading one attribute decodes that
 * attribute, reading `attributes` materialises them all. Valid as long as the batch is; what must outlive the batch
 * is copied by the reader.
 */
export interface LogRecord {
  /** When it happened, exact; 0n = unknown. */
  readonly timeUnixNano: bigint;
  /** When Tidewatch saw it. */
  readonly observedTimeUnixNano: bigint;
  /** 1–24 as OpenTelemetry counts, 0 = unspecified. */
  readonly severityNumber: number;
  /** As the source spelled it (`WARN`); undefined when it gave none. */
  readonly severityText: string | undefined;
  readonly eventName: string | undefined;
  /** 32 and 16 hex digits in lower case; undefined = none. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  /** W3C trace flags; 0 = none. */
  readonly traceFlags: number;
  readonly body: AttributeValue;
  readonly resource: Resource;
  attribute(key: string): AttributeValue | undefined;
  readonly attributes: Attributes;
}

/** Severity numbers of the OpenTelemetry log data model for the levels that TiDB components print. */
export const SEVERITY = { TRACE: 1, DEBUG: 5, INFO: 9, NOTICE: 10, WARN: 13, ERROR: 17, FATAL: 21 } as const;

/** Short name of a severity number's range (`INFO` for 9–12); empty for 0. */
export function severityName(severityNumber: number): string {
  if (severityNumber <= 0) return "";
  return ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"][Math.min(5, (severityNumber - 1) >> 2)] ?? "";
}
