import { type Resource, type Scope, toJson } from "#core/attributes.ts";
import type { LogRecord } from "#core/record.ts";
import { timeText } from "./time-text.ts";

/** What all records of a batch share. */
export interface Frame {
  /** `"observed_time":"…",` */
  readonly observed: string;
  /** `},"resource":{…}}` and a line feed. */
  readonly tail: string;
}

export function createFrame({ attributes, scope }: Resource, observedTimeUnixNano: bigint): Frame {
  return {
    observed: `"observed_time":"${timeText(observedTimeUnixNano)}",`,
    tail: `},"resource":${toJson(attributes)}${scope === undefined ? "" : scopeText(scope)}}\n`,
  };
}

function scopeText({ name, version, attributes }: Scope): string {
  const more = {
    ...(version === "" ? {} : { version }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
  return `,"scope":${toJson({ name, ...more })}`;
}

/** One record as a JSON line: the obvious way, which decides what the fast one has to write. */
export function recordLine(record: LogRecord, frame: Frame): string {
  const time = record.timeUnixNano === 0n ? "" : `"time":"${timeText(record.timeUnixNano)}",`;
  const attributes = toJson(record.attributes).slice(0, -1);
  return `{${time}${frame.observed}${headText(record)}${traceText(record)}"body":${toJson(record.body)},"attributes":${attributes}${frame.tail}`;
}

/** `"trace_id":"…","span_id":"…","trace_flags":1,` with what there is. */
function traceText({ traceId, spanId, traceFlags }: LogRecord): string {
  const trace = traceId === undefined ? "" : `"trace_id":${JSON.stringify(traceId)},`;
  const span = spanId === undefined ? "" : `"span_id":${JSON.stringify(spanId)},`;
  return trace + span + (traceFlags === 0 ? "" : `"trace_flags":${traceFlags},`);
}

/** `"severity_text":"WARN","severity_number":13,"event_name":"x",` with what there is. */
export function headText(record: Pick<LogRecord, "severityText" | "severityNumber" | "eventName">): string {
  const text = record.severityText === undefined ? "" : `"severity_text":${JSON.stringify(record.severityText)},`;
  const number = record.severityNumber === 0 ? "" : `"severity_number":${record.severityNumber},`;
  const event = record.eventName === undefined ? "" : `"event_name":${JSON.stringify(record.eventName)},`;
  return text + number + event;
}
