import { toText } from "#core/attributes.ts";
import { type Access, partOf, readOnly } from "./access.ts";
import { EvaluationError } from "./evaluation-error.ts";
import type { EditFrame, Getter } from "./frame.ts";
import { TRACE_FIELDS } from "./trace-fields.ts";
import { Time, typeName, type Value } from "./value.ts";

/** Fields of the log context beside attributes and cache; the name may go on (`body.string`). */
export const LOG_FIELDS: Readonly<Record<string, (keys: readonly Getter[]) => Access>> = {
  time: () => timeField("timeUnixNano"),
  observed_time: () => timeField("observedTimeUnixNano"),
  time_unix_nano: () => nanoField("timeUnixNano"),
  observed_time_unix_nano: () => nanoField("observedTimeUnixNano"),
  severity_number: () => ({
    read: ({ record }) => BigInt(record.severityNumber),
    write(frame, value) {
      const number = Number(expectInt(value, "severity_number"));
      // OpenTelemetry log data model: 1–24, 0 = unspecified.
      if (number < 0 || number > 24) throw new EvaluationError("severity_number must be 0 to 24");
      frame.record.setHead("severityNumber", number);
    },
    members: undefined,
  }),
  severity_text: () => textField("severityText", "severity_text"),
  event_name: () => textField("eventName", "event_name"),
  ...TRACE_FIELDS,
  body: (keys) =>
    partOf(
      ({ record }) => record.body,
      ({ record }, value) => record.setHead("body", value),
      keys,
    ),
  "body.string": () => ({
    read: ({ record }) => toText(record.body),
    write: ({ record }, value) => record.setHead("body", expectText(value, "body.string")),
    members: undefined,
  }),
};

/** Fields whose keys mean something; all others take none. */
export const INDEXED_FIELDS: ReadonlySet<string> = new Set(["body", "attributes", "cache"]);

/** What Tidewatch's records never carry, as a record of the collector shows it when it is unset. */
export const UNSET_FIELDS: Readonly<Record<string, Value>> = { dropped_attributes_count: 0n };

export const unset = (value: Value): Access => readOnly(() => value);

function timeField(key: "timeUnixNano" | "observedTimeUnixNano"): Access {
  return {
    read: ({ record }) => new Time(record[key]),
    write(frame, value) {
      if (!(value instanceof Time)) throw new EvaluationError(`a time was expected, got ${typeName(value)}`);
      setNano(frame, key, value.unixNano);
    },
    members: undefined,
  };
}

function nanoField(key: "timeUnixNano" | "observedTimeUnixNano"): Access {
  return {
    read: ({ record }) => record[key],
    write: (frame, value) => setNano(frame, key, expectInt(value, "a time in nanoseconds")),
    members: undefined,
  };
}

function setNano(frame: EditFrame, key: "timeUnixNano" | "observedTimeUnixNano", unixNano: bigint): void {
  if (unixNano < 0n) throw new EvaluationError("a record's time cannot be before 1970");
  frame.record.setHead(key, unixNano);
}

/** A text that reads as empty when there is none, as in the collector. */
function textField(key: "severityText" | "eventName", name: string): Access {
  return {
    read: ({ record }) => record[key] ?? "",
    write: ({ record }, value) => record.setHead(key, expectText(value, name)),
    members: undefined,
  };
}

function expectInt(value: Value, what: string): bigint {
  if (typeof value === "bigint") return value;
  throw new EvaluationError(`${what} must be an int, got ${typeName(value)}`);
}

function expectText(value: Value, what: string): string {
  if (typeof value === "string") return value;
  throw new EvaluationError(`${what} must be a string, got ${typeName(value)}`);
}
