import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordProcessor,
  type ReadableLogRecord,
} from "@opentelemetry/sdk-logs";
import type { Logger as OtelLogger } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { Logger } from "#core/context.ts";
import { otlpTarget } from "../config/own-otlp-schema.ts";
import type { OwnLogConfig } from "../config/telemetry-schema.ts";
import { openOtlp } from "./otlp-exporters.ts";
import { PushExporter } from "./push-exporter.ts";

/** Longest text of a field that is sent: strangers can have a hand in it, and a whole queue of them waits in memory. */
const MAX_VALUE_LENGTH = 8192;

type BatchConfig = OwnLogConfig["processors"][number]["batch"];
type EmittedRecord = Parameters<LogRecordProcessor["onEmit"]>[0];

/** The own log on its way to receivers of OTLP. */
export interface RemoteLog {
  readonly otel: OtelLogger;
  /** Records that did not arrive, by reason. */
  lost(): { readonly queueFull: number; readonly sendFailed: number };
  /** Sends what waits, until `deadline`. */
  shutdown(deadline: AbortSignal): Promise<void>;
}

/**
 * @param complain where outages are told; must not be sent through here.
 * @throws TidewatchError when the files for TLS cannot be read.
 */
export async function openRemoteLog(
  processors: OwnLogConfig["processors"],
  resource: Resource,
  complain: Logger,
): Promise<RemoteLog> {
  const lanes = processors.map(({ batch }) => new LogLane(batch, complain));
  for (const lane of lanes) await lane.exporter.open();
  const provider = new LoggerProvider({
    resource,
    processors: lanes,
    logRecordLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
  });
  const sum = (read: (lane: LogLane) => number): number => lanes.reduce((total, lane) => total + read(lane), 0);
  return {
    otel: provider.getLogger("tidewatch"),
    lost: () => ({ queueFull: sum((lane) => lane.dropped), sendFailed: sum(({ exporter }) => exporter.lost) }),
    async shutdown(deadline) {
      const giveUp = (): void => {
        for (const { exporter } of lanes) exporter.giveUp();
      };
      deadline.addEventListener("abort", giveUp);
      if (deadline.aborted) giveUp();
      await provider.shutdown();
      deadline.removeEventListener("abort", giveUp);
    },
  };
}

/** The SDK's batching behind a bound that counts: the SDK drops in silence when its queue is full. */
class LogLane implements LogRecordProcessor {
  readonly exporter: PushExporter<ReadableLogRecord[]>;
  readonly #batching: BatchLogRecordProcessor;
  readonly #maxWaiting: number;
  #waiting = 0;
  dropped = 0;

  constructor(config: BatchConfig, complain: Logger) {
    const target = otlpTarget(config.exporter, "logs", config.export_timeout);
    this.#maxWaiting = config.max_queue_size;
    this.exporter = new PushExporter({
      open: () =>
        openOtlp<ReadableLogRecord[]>(target, async (options) => {
          const { OTLPLogExporter } = await import("@opentelemetry/exporter-logs-otlp-proto");
          return new OTLPLogExporter(options as ConstructorParameters<typeof OTLPLogExporter>[0]);
        }),
      sizeOf: (records) => records.length,
      what: "own log",
      host: new URL(target.url).host,
      log: complain,
    });
    const { exporter } = this;
    this.#batching = new BatchLogRecordProcessor({
      exporter: {
        export: (records, done) =>
          exporter.export(records, (result) => {
            this.#waiting -= records.length;
            done(result);
          }),
        forceFlush: () => exporter.forceFlush(),
        shutdown: () => exporter.shutdown(),
      },
      scheduledDelayMillis: config.schedule_delay,
      exportTimeoutMillis: config.export_timeout,
      maxQueueSize: config.max_queue_size,
      maxExportBatchSize: config.max_export_batch_size,
    });
  }

  onEmit(record: EmittedRecord): void {
    if (this.#waiting >= this.#maxWaiting) {
      this.dropped++;
      return;
    }
    this.#waiting++;
    this.#batching.onEmit(record);
  }

  forceFlush(): Promise<void> {
    return this.#batching.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#batching.shutdown();
  }
}
