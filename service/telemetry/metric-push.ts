import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { Clock, Logger } from "#core/context.ts";
import { otlpTarget } from "../config/own-otlp-schema.ts";
import type { OwnMetricsConfig } from "../config/telemetry-schema.ts";
import { openOtlp } from "./otlp-exporters.ts";
import { PushExporter } from "./push-exporter.ts";

type ReaderConfig = NonNullable<OwnMetricsConfig["readers"]>[number];
export type PeriodicConfig = NonNullable<ReaderConfig["periodic"]>;

interface World {
  readonly read: () => Promise<ResourceMetrics>;
  readonly clock: Clock;
  /** Is told of outages. */
  readonly log: Logger;
}

/** Sends own metrics at intervals, and once more at the end. */
export class MetricPush {
  readonly #intervalMs: number;
  readonly #world: World;
  readonly #exporter: PushExporter<ResourceMetrics>;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(config: PeriodicConfig, world: World) {
    this.#intervalMs = config.interval;
    this.#world = world;
    const target = otlpTarget(config.exporter, "metrics", Math.min(config.timeout, config.interval));
    this.#exporter = new PushExporter<ResourceMetrics>({
      open: () =>
        openOtlp<ResourceMetrics>(target, async (options) => {
          const { OTLPMetricExporter } = await import("@opentelemetry/exporter-metrics-otlp-proto");
          return new OTLPMetricExporter(options as ConstructorParameters<typeof OTLPMetricExporter>[0]);
        }),
      sizeOf: ({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) => metrics).reduce((sum, { dataPoints }) => sum + dataPoints.length, 0),
      what: "own metrics",
      host: new URL(target.url).host,
      log: world.log,
    });
  }

  /** @throws TidewatchError when a file for TLS cannot be read. */
  async start(): Promise<void> {
    await this.#exporter.open();
    this.#running = this.#run();
  }

  /** Sends what there is now, until `deadline`. Safe twice and before `start`. */
  async shutdown(deadline: AbortSignal): Promise<void> {
    const giveUp = (): void => this.#exporter.giveUp();
    deadline.addEventListener("abort", giveUp);
    if (deadline.aborted) giveUp();
    this.#stop.abort();
    const running = this.#running;
    this.#running = undefined;
    await running;
    if (running !== undefined) await this.#send();
    deadline.removeEventListener("abort", giveUp);
    giveUp();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { clock } = this.#world;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(this.#intervalMs, this.#stop.signal);
      if (!this.#stop.signal.aborted) await this.#send();
    }
  }

  /** Resolves however it ends. */
  async #send(): Promise<void> {
    let metrics: ResourceMetrics;
    try {
      metrics = await this.#world.read();
    } catch (error) {
      this.#world.log.error({ error }, "own metrics cannot be read, will try again");
      return;
    }
    await new Promise<void>((resolve) => this.#exporter.export(metrics, () => resolve()));
  }
}
