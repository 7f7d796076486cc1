import { type Alert, ALERT_EVENT, ALERT_SEVERITIES, type AlertSeverity, ENTITY_ATTRIBUTES } from "./alert.ts";
import type { AttributeValue } from "./attributes.ts";
import type { PlainRecord } from "./object-batch.ts";
import type { LogRecord } from "./record.ts";

const SCHEMA_VERSION = 1;

const SEVERITY_NUMBERS: Record<AlertSeverity, number> = {
  informational: 9,
  low: 10,
  medium: 13,
  high: 17,
  critical: 21,
};

/** The alert as a log record: canonical attribute names where they exist, `tidewatch.alert.*` for the rest. */
export function alertToRecord(alert: Alert): PlainRecord {
  const { entities } = alert;
  const attributes: Record<string, AttributeValue> = {
    "log.record.uid": alert.id,
    "tidewatch.alert.schema_version": SCHEMA_VERSION,
    "tidewatch.alert.dedup_key": alert.dedupKey,
    "security_rule.uuid": alert.ruleId,
    "security_rule.name": alert.ruleName,
    "tidewatch.alert.title": alert.title,
    "tidewatch.alert.description": alert.description,
    "tidewatch.alert.reason": alert.reason,
    "tidewatch.alert.severity": alert.severity,
    "tidewatch.alert.tags": alert.tags,
    "tidewatch.alert.false_positives": alert.falsePositives,
    "tidewatch.alert.count": alert.count,
    "tidewatch.alert.first_seen_unix_nano": alert.firstSeenUnixNano,
    "tidewatch.alert.last_seen_unix_nano": alert.lastSeenUnixNano,
    "tidewatch.alert.evidence": alert.evidence.map((line) => ({
      time_unix_nano: line.timeUnixNano,
      excerpt: line.excerpt,
      ...(line.file === undefined ? {} : { "log.file.path": line.file }),
    })),
  };
  for (const [name, key] of Object.entries(ENTITY_ATTRIBUTES)) {
    const value = entities[name as keyof Alert["entities"]];
    if (value !== undefined) attributes[key] = value;
  }
  return {
    timeUnixNano: alert.lastSeenUnixNano,
    observedTimeUnixNano: alert.detectedUnixNano,
    severityNumber: SEVERITY_NUMBERS[alert.severity],
    severityText: alert.severity.toUpperCase(),
    eventName: ALERT_EVENT,
    body: `${alert.title}: ${alert.reason}`,
    attributes,
  };
}

/** Reads an alert back from its record, whoever wrote it; a string says why it is not one. */
export function alertFromRecord(record: LogRecord): Alert | string {
  if (record.eventName !== ALERT_EVENT) return "not an alert";
  const read = new AttributeReader(record);
  const severity = read.text("tidewatch.alert.severity");
  const entities: Record<string, string> = {};
  for (const [name, key] of Object.entries(ENTITY_ATTRIBUTES)) {
    const value = record.attribute(key);
    if (typeof value === "string") entities[name] = value;
  }
  const alert: Alert = {
    id: read.text("log.record.uid"),
    dedupKey: read.text("tidewatch.alert.dedup_key"),
    ruleId: read.text("security_rule.uuid"),
    ruleName: read.text("security_rule.name"),
    title: read.text("tidewatch.alert.title"),
    description: read.text("tidewatch.alert.description"),
    reason: read.text("tidewatch.alert.reason"),
    severity: ALERT_SEVERITIES.find((known) => known === severity) ?? "medium",
    tags: read.texts("tidewatch.alert.tags"),
    falsePositives: read.texts("tidewatch.alert.false_positives"),
    count: Number(read.nano("tidewatch.alert.count")),
    firstSeenUnixNano: read.nano("tidewatch.alert.first_seen_unix_nano"),
    lastSeenUnixNano: read.nano("tidewatch.alert.last_seen_unix_nano"),
    detectedUnixNano: record.observedTimeUnixNano,
    entities,
    evidence: read.evidence("tidewatch.alert.evidence"),
  };
  if (read.missing.length > 0) return `missing ${read.missing.join(", ")}`;
  return alert;
}

class AttributeReader {
  readonly missing: string[] = [];
  readonly #record: LogRecord;

  constructor(record: LogRecord) {
    this.#record = record;
  }

  text(key: string): string {
    const value = this.#record.attribute(key);
    if (typeof value === "string") return value;
    this.missing.push(key);
    return "";
  }

  texts(key: string): string[] {
    const value = this.#record.attribute(key);
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  }

  nano(key: string): bigint {
    const number = toBigint(this.#record.attribute(key));
    if (number === undefined) this.missing.push(key);
    return number ?? 0n;
  }

  evidence(key: string): Alert["evidence"][number][] {
    const value = this.#record.attribute(key);
    if (!Array.isArray(value)) return [];
    return value.slice(0, 20).map((item: AttributeValue) => {
      const line = (typeof item === "object" && item !== null ? item : {}) as Record<string, AttributeValue>;
      const file = line["log.file.path"];
      return {
        timeUnixNano: toBigint(line.time_unix_nano) ?? 0n,
        excerpt: typeof line.excerpt === "string" ? line.excerpt : "",
        ...(typeof file === "string" ? { file } : {}),
      };
    });
  }
}

function toBigint(value: AttributeValue | undefined): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (typeof value === "string" && value.length > 0 && value.length <= 20 && isDigits(value)) return BigInt(value);
  return undefined;
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}
