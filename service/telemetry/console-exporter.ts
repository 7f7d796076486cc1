import type { LogRecordExporter, ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { terminalText } from "#kit/terminal-text.ts";

type Encoding = "console" | "json";

const SUCCESS = 0;

/** Writes Tidewatch's own log to standard error, one line a record. */
export class ConsoleLogExporter implements LogRecordExporter {
  readonly #encode: (record: ReadableLogRecord) => string;
  readonly #stream: { write(text: string): unknown };

  constructor(encoding: Encoding, stream: { write(text: string): unknown }) {
    this.#encode = encoding === "json" ? toJsonLine : toConsoleLine;
    this.#stream = stream;
  }

  export(records: ReadableLogRecord[], done: (result: { code: number }) => void): void {
    for (const record of records) this.#stream.write(this.#encode(record));
    done({ code: SUCCESS });
  }

  async shutdown(): Promise<void> {}

  async forceFlush(): Promise<void> {}
}

function toConsoleLine(record: ReadableLogRecord): string {
  const time = new Date(record.hrTime[0] * 1000 + record.hrTime[1] / 1e6).toISOString();
  const { "otelcol.component.id": component, ...fields } = record.attributes;
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  const who = component === undefined ? "" : ` ${fieldText(component)}:`;
  return `${time} ${record.severityText ?? ""}${who} ${terminalText(String(record.body))}${rest.join("")}\n`;
}

function fieldText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return terminalText(text.includes(" ") ? JSON.stringify(text) : text, 2000);
}

function toJsonLine(record: ReadableLogRecord): string {
  const time = new Date(record.hrTime[0] * 1000 + record.hrTime[1] / 1e6).toISOString();
  return `${JSON.stringify({ time, level: record.severityText, message: record.body, ...record.attributes })}\n`;
}
