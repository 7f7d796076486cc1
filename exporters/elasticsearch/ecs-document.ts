import { ALERT_EVENT } from "#core/alert.ts";
import { type Attributes, type AttributeValue, toJson, toText } from "#core/attributes.ts";
import type { LogRecord } from "#core/record.ts";
import { parseIpAddress } from "#kit/ip-address.ts";
import { timeText } from "#kit/time-text.ts";
import { withoutDataStream } from "./data-stream.ts";

const ECS_VERSION = "8.17.0";

/**
 * A record as a document of the Elastic Common Schema, as far as the names of OpenTelemetry and ECS differ for what TiDB
 * logs tell: the full tables are not here yet. Attributes that ECS does not know keep their names; field by field the
 * record wins over the resource, and the head of the record over both.
 */
export function ecsDocument(record: LogRecord): string {
  const { timeUnixNano, observedTimeUnixNano, severityText, eventName } = record;
  return toJson({
    ...renamed(withoutDataStream(record.resource.attributes)),
    ...renamed(record.attributes),
    "@timestamp": timeText(timeUnixNano === 0n ? observedTimeUnixNano : timeUnixNano),
    message: toText(record.body),
    "ecs.version": ECS_VERSION,
    "event.kind": eventName === ALERT_EVENT ? "alert" : "event",
    ...(eventName !== undefined && { "event.action": eventName }),
    ...(severityText !== undefined && { "log.level": severityText }),
  });
}

function renamed(attributes: Attributes): Record<string, AttributeValue> {
  // Without a prototype: an attribute may be called `__proto__`.
  const out = Object.create(null) as Record<string, AttributeValue>;
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "client.address") assignAddress(out, value);
    else out[key === "client.port" ? "source.port" : key] = value;
  }
  return out;
}

/** `source.ip` takes addresses only: a host name in it makes Elasticsearch refuse the document. */
function assignAddress(out: Record<string, AttributeValue>, value: AttributeValue): void {
  out["source.address"] = value;
  if (typeof value === "string" && parseIpAddress(value) !== undefined) out["source.ip"] = value;
}
