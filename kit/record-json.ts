import { type Resource, toJson } from "#core/attributes.ts";
import type { LogRecord } from "#core/record.ts";
import { timeText } from "./time-text.ts";

/** What all records of a batch share. */
export interface Frame {
  /** `"observed_time":"…",` */
  readonly observed: string;
  /** `},"resource":{…}}` and a line feed. */
  readonly tail: string;
}

export function createFrame(resource: Resource, observedTimeUnixNano: bigint): Frame {
  return {
    observed: `"observed_time":"${timeText(observedTimeUnixNano)}",`,
    tail: `},"resource":${toJson(resource.attributes)}}\n`,
  };
}

/** One record as a JSON line: the obvious way, which decides what the fast one has to write. */
export function recordLine(record: LogRecord, frame: Frame): string {
  const time = record.timeUnixNano === 0n ? "" : `"time":"${timeText(record.timeUnixNano)}",`;
  const attributes = toJson(record.attributes).slice(0, -1);
  return `{${time}${frame.observed}${headText(record)}"body":${toJson(record.body)},"attributes":${attributes}${frame.tail}`;
}

/** `"severity_text":"WARN","severity_number":13,"event_name":"x",` with what there is. */
export function headText(record: Pick<LogRecord, "severityText" | "severityNumber" | "eventName">): string {
  const text = record.severityText === undefined ? "" : `"severity_text":${JSON.stringify(record.severityText)},`;
  const number = record.severityNumber === 0 ? "" : `"severity_number":${record.severityNumber},`;
  const event = record.eventName === undefined ? "" : `"event_name":${JSON.stringify(record.eventName)},`;
  return text + number + event;
}
