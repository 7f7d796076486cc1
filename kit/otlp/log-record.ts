import type { LogRecord } from "#core/record.ts";
import { writeAnyValue, writeKeyValues } from "./any-value.ts";
import { toOtlpSeverity, toOtlpTime } from "./limits.ts";
import { halves, type ReverseWriter } from "./reverse-writer.ts";

/** Fields of LogRecord (opentelemetry/proto/logs/v1/logs.proto): number and wire type in one byte. */
export const LOG_RECORD = {
  TIME: 0x09,
  SEVERITY_NUMBER: 0x10,
  SEVERITY_TEXT: 0x1a,
  BODY: 0x2a,
  ATTRIBUTES: 0x32,
  OBSERVED_TIME: 0x59,
  EVENT_NAME: 0x62,
} as const;

/** The fields of one record, the plain way; decides what the one for columns has to write. */
export function writeLogRecord(writer: ReverseWriter, record: LogRecord): void {
  if (record.eventName !== undefined) writeText(writer, LOG_RECORD.EVENT_NAME, record.eventName);
  writeTime(writer, LOG_RECORD.OBSERVED_TIME, record.observedTimeUnixNano);
  writeKeyValues(writer, LOG_RECORD.ATTRIBUTES, record.attributes);
  const mark = writer.mark();
  writeAnyValue(writer, record.body);
  writer.close(LOG_RECORD.BODY, mark);
  if (record.severityText !== undefined) writeText(writer, LOG_RECORD.SEVERITY_TEXT, record.severityText);
  const severityNumber = toOtlpSeverity(record.severityNumber);
  if (severityNumber !== 0) {
    writer.varint(severityNumber);
    writer.byte(LOG_RECORD.SEVERITY_NUMBER);
  }
  writeTime(writer, LOG_RECORD.TIME, record.timeUnixNano);
}

/** A time that is unknown, or none that OTLP can hold, is left out. */
function writeTime(writer: ReverseWriter, tag: number, unixNano: bigint): void {
  const time = toOtlpTime(unixNano);
  if (time === 0n) return;
  const { high, low } = halves(time);
  writer.fixed64(high, low);
  writer.byte(tag);
}

function writeText(writer: ReverseWriter, tag: number, text: string): void {
  const mark = writer.mark();
  writer.text(text);
  writer.close(tag, mark);
}
