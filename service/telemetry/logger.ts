import { type Attributes, type Logger as OtelLogger, SeverityNumber } from "@opentelemetry/api";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import type { LogFields, Logger } from "#core/context.ts";
import { toJson, type AttributeValue } from "#core/attributes.ts";
import { codedMessage } from "#core/errors.ts";
import { Secret } from "#kit/schema-types.ts";
import type { TelemetryConfig } from "../config/telemetry-schema.ts";
import { ConsoleLogExporter } from "./console-exporter.ts";
import { ownResource } from "./own-resource.ts";
import { openRemoteLog, type RemoteLog } from "./remote-log.ts";

const LEVELS = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
} as const;

/** Tidewatch's own log: OpenTelemetry records, printed to standard error and sent where the configuration says. */
export interface OwnLog {
  /** A logger whose records carry the component's id. */
  of(componentId: string | undefined): Logger;
  /** Opens the ways to receivers; what was logged before is only printed. @throws TidewatchError as `openRemoteLog`. */
  connect(config: Pick<TelemetryConfig, "logs" | "resource">): Promise<void>;
  /** Records that did not reach a receiver, by reason. */
  lost(): { readonly queueFull: number; readonly sendFailed: number };
  /** Sends what waits, until `deadline`; what is left then is given up. */
  shutdown(deadline?: AbortSignal): Promise<void>;
}

export function createOwnLog(
  options: { readonly level: keyof typeof LEVELS; readonly encoding: "console" | "json" },
  stream: { write(text: string): unknown } = process.stderr,
): OwnLog {
  const exporter = new ConsoleLogExporter(options.encoding, stream);
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const printed = provider.getLogger("tidewatch");
  let remote: RemoteLog | undefined;
  const both: Pick<OtelLogger, "emit"> = {
    emit(record) {
      printed.emit(record);
      remote?.otel.emit(record);
    },
  };
  const minimum = LEVELS[options.level];
  return {
    of: (componentId) => toLogger(both, minimum, componentId),
    async connect({ logs, resource }) {
      if (logs.processors.length === 0) return;
      // What cannot be sent must not be made more by telling so.
      remote = await openRemoteLog(logs.processors, ownResource(resource), toLogger(printed, minimum, undefined));
    },
    lost: () => remote?.lost() ?? { queueFull: 0, sendFailed: 0 },
    async shutdown(deadline = AbortSignal.timeout(0)) {
      await remote?.shutdown(deadline);
      await provider.shutdown();
    },
  };
}

function toLogger(otel: Pick<OtelLogger, "emit">, minimum: SeverityNumber, componentId: string | undefined): Logger {
  const at =
    (level: keyof typeof LEVELS) =>
    (fields: LogFields, sentence: string): void => {
      if (LEVELS[level] < minimum) return;
      const attributes: Attributes = componentId === undefined ? {} : { "otelcol.component.id": componentId };
      for (const [key, value] of Object.entries(fields)) attributes[key] = toField(value);
      otel.emit({
        severityNumber: LEVELS[level],
        severityText: level.toUpperCase(),
        body: sentence,
        attributes,
      });
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function toField(value: unknown): string | number | boolean {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Error) return errorText(value);
  if (value instanceof Secret) return value.toString();
  if (value === undefined) return "";
  return toJson(value as AttributeValue);
}

/** An error with its causes; the stack only where the error is a bug of ours. */
function errorText(error: Error): string {
  const own =
    error.name === "Error" || error.name === "TypeError" ? (error.stack ?? error.message) : codedMessage(error);
  return error.cause instanceof Error ? `${own}: ${errorText(error.cause)}` : own;
}
