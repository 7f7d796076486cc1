import { type AttributeValue, type Resource, toJson } from "#core/attributes.ts";
import type { LogRecord } from "#core/record.ts";
import { timeText } from "./time-text.ts";

/** What all records of a batch share. */
export interface Frame {
  /** What follows the time: `"observed_time":"…",`, or nothing. */
  readonly observed: string;
  /** What follows the attributes: `},"resource":{…}}` and a line feed. */
  readonly tail: string;
}

/** How a record becomes one JSON object on one line. All texts are JSON as it stands. */
export interface LineFormat {
  /** Opens the line and the time: `{"time":"`. */
  readonly timeKey: string;
  /** A record without a time gets the one when it was seen; else it has none. */
  readonly timeRequired: boolean;
  /** What stands before and behind a body that is a text: `"body":` and nothing. */
  readonly textBody: readonly [before: string, behind: string];
  /** Opens the attributes: `,"attributes":{`. */
  readonly attributesKey: string;
  frame(resource: Resource, observedTimeUnixNano: bigint): Frame;
  /** What stands between the frame's `observed` and the body, with a comma at its end unless it is empty. */
  head(record: Pick<LogRecord, "severityText" | "severityNumber" | "eventName">): string;
  /** A body that is no text, with its key. */
  body(value: AttributeValue): string;
}

/**
 * time, observed_time, severity_text, severity_number, event_name, body, attributes, resource: the format of the `file` and
 * `kafka` exporters.
 */
export const RECORD_LINE: LineFormat = {
  timeKey: `{"time":"`,
  timeRequired: false,
  textBody: [`"body":`, ""],
  attributesKey: `,"attributes":{`,
  frame: (resource, observedTimeUnixNano) => ({
    observed: `"observed_time":"${timeText(observedTimeUnixNano)}",`,
    tail: `},"resource":${toJson(resource.attributes)}}\n`,
  }),
  head: headText,
  body: (value) => `"body":${toJson(value)}`,
};

/** One record as a JSON line: the obvious way, which decides what the fast one has to write. */
export function recordLine(record: LogRecord, frame: Frame, format: LineFormat): string {
  const { timeUnixNano, observedTimeUnixNano, body } = record;
  const at = timeUnixNano === 0n && format.timeRequired ? observedTimeUnixNano : timeUnixNano;
  const time = at === 0n && !format.timeRequired ? "{" : `${format.timeKey}${timeText(at)}",`;
  const [before, behind] = format.textBody;
  const bodyMember = typeof body === "string" ? `${before}${JSON.stringify(body)}${behind}` : format.body(body);
  const attributes = toJson(record.attributes).slice(1, -1);
  return time + frame.observed + format.head(record) + bodyMember + format.attributesKey + attributes + frame.tail;
}

/** `"severity_text":"WARN","severity_number":13,"event_name":"x",` with what there is. */
export function headText(record: Pick<LogRecord, "severityText" | "severityNumber" | "eventName">): string {
  const text = record.severityText === undefined ? "" : `"severity_text":${JSON.stringify(record.severityText)},`;
  const number = record.severityNumber === 0 ? "" : `"severity_number":${record.severityNumber},`;
  const event = record.eventName === undefined ? "" : `"event_name":${JSON.stringify(record.eventName)},`;
  return text + number + event;
}
