import { toText } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import type { LogRecord } from "#core/record.ts";
import { terminalText } from "#kit/terminal-text.ts";
import { timeText } from "#kit/time-text.ts";

/** What each verbosity prints of a batch. */
export const RENDERERS = { basic, normal, detailed } as const;

function basic(batch: LogBatch): string {
  return `Logs: ${batch.size} log records, ${batch.sizeBytes} bytes\n`;
}

function normal(batch: LogBatch): string {
  return Array.from(batch, oneLine).join("");
}

function oneLine(record: LogRecord): string {
  const attributes = Object.entries(record.attributes)
    .map(([key, value]) => `${key}=${terminalText(toText(value), 200)}`)
    .join(" ");
  const time = record.timeUnixNano === 0n ? "-" : timeText(record.timeUnixNano);
  return `${time} ${record.severityText ?? "-"} ${terminalText(toText(record.body), 500)} ${attributes}\n`;
}

function detailed(batch: LogBatch): string {
  const lines = ["ResourceLog"];
  for (const [key, value] of Object.entries(batch.resource.attributes))
    lines.push(`     -> ${key}: ${terminalText(toText(value))}`);
  let index = 0;
  for (const record of batch) {
    lines.push(`LogRecord #${index++}`);
    lines.push(`ObservedTimestamp: ${timeText(record.observedTimeUnixNano)}`);
    if (record.timeUnixNano !== 0n) lines.push(`Timestamp: ${timeText(record.timeUnixNano)}`);
    lines.push(`SeverityText: ${record.severityText ?? ""}`, `SeverityNumber: ${record.severityNumber}`);
    if (record.eventName !== undefined) lines.push(`EventName: ${record.eventName}`);
    lines.push(`Body: ${terminalText(toText(record.body))}`, "Attributes:");
    for (const [key, value] of Object.entries(record.attributes))
      lines.push(`     -> ${key}: ${terminalText(toText(value))}`);
  }
  return `${lines.join("\n")}\n`;
}
