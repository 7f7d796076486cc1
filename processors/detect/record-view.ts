import type { AttributeValue } from "#core/attributes.ts";
import type { LogRecord } from "#core/record.ts";
import { leafTexts, type SigmaRecord } from "#sigma/sigma-record.ts";

/**
 * A log record as rules see it: `body`, `event_name`, `severity_text` and `severity_number`, then attributes by name,
 * then the resource's. Each value is decoded when it is asked for.
 */
export function toRuleView(record: LogRecord): SigmaRecord {
  return {
    field: (name) => headField(record, name) ?? record.attribute(name) ?? record.resource.attributes[name],
    *strings() {
      yield* leafTexts(record.body);
      for (const value of Object.values(record.attributes)) yield* leafTexts(value);
    },
  };
}

function headField(record: LogRecord, name: string): AttributeValue | undefined {
  switch (name) {
    case "body":
      return record.body;
    case "event_name":
      return record.eventName;
    case "severity_text":
      return record.severityText;
    case "severity_number":
      return record.severityNumber;
    default:
      return undefined;
  }
}
