import type { Meter } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import type { Clock, Logger } from "#core/context.ts";
import { type HttpPages, serveHttp } from "#kit/serve-http.ts";
import type { OwnMetricsConfig, TelemetryConfig } from "../config/telemetry-schema.ts";
import { MetricPush } from "./metric-push.ts";
import { SharedReader } from "./metric-reader.ts";
import { ownResource } from "./own-resource.ts";
import { type LabelChoice, toPrometheusText } from "./prometheus-text.ts";

const DEFAULT_ADDRESS = "localhost:8888";
const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type ReaderConfig = NonNullable<OwnMetricsConfig["readers"]>[number];

/** A page with metrics, and the setting that its address comes from. */
interface Page {
  readonly address: string;
  readonly setting: string;
  readonly labels: LabelChoice | undefined;
}

/** Tidewatch's own metrics: served in Prometheus form, or sent as OTLP, to each reader in its own time. */
export class OwnMetrics {
  readonly #reader = new SharedReader();
  readonly #provider: MeterProvider;
  readonly #pages: readonly Page[];
  readonly #pushes: readonly MetricPush[];
  #served: HttpPages[] = [];

  /** Opens nothing. */
  constructor(
    { metrics, resource }: Pick<TelemetryConfig, "metrics" | "resource">,
    world: { readonly clock: Clock; readonly log: Logger },
  ) {
    this.#provider = new MeterProvider({ resource: ownResource(resource), readers: [this.#reader] });
    const none = metrics.level === "none";
    this.#pages = none ? [] : pagesOf(metrics);
    const read = () => this.#reader.read();
    this.#pushes = (none ? [] : (metrics.readers ?? [])).flatMap(({ periodic }) =>
      periodic === undefined ? [] : [new MetricPush(periodic, { ...world, read })],
    );
  }

  meter(): Meter {
    return this.#provider.getMeter("tidewatch");
  }

  async text(labels?: LabelChoice): Promise<string> {
    return toPrometheusText(await this.#reader.read(), labels);
  }

  /** @throws TidewatchError that says what to do when a port is taken or a file for TLS cannot be read. */
  async start(): Promise<void> {
    for (const push of this.#pushes) await push.start();
    for (const { address, setting, labels } of this.#pages) {
      const page = await serveHttp(
        address,
        async (path) => (path === "/metrics" ? { type: TEXT_TYPE, body: await this.text(labels) } : undefined),
        setting,
      );
      this.#served.push(page);
    }
  }

  /** Sends once more, until `deadline`. Safe twice and before `start`. */
  async shutdown(deadline: AbortSignal): Promise<void> {
    const served = this.#served;
    this.#served = [];
    await Promise.all([...served.map((page) => page.close()), ...this.#pushes.map((push) => push.shutdown(deadline))]);
    await this.#provider.shutdown();
  }
}

function pagesOf({ address, readers }: OwnMetricsConfig): Page[] {
  if (readers !== undefined)
    return readers.flatMap((reader, i) => (reader.pull === undefined ? [] : [pageOf(reader.pull, i)]));
  return [{ address: address ?? DEFAULT_ADDRESS, setting: "service::telemetry::metrics::address", labels: undefined }];
}

function pageOf({ exporter }: NonNullable<ReaderConfig["pull"]>, index: number): Page {
  const settings = exporter.prometheus ?? exporter["prometheus/development"];
  if (settings === undefined) throw new TypeError("the schema lets no reader through that has no exporter");
  const { host, port, with_resource_constant_labels: labels } = settings;
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  return {
    address: bare.includes(":") ? `[${bare}]:${port}` : `${bare}:${port}`,
    setting: `service::telemetry::metrics::readers::${index}::pull::exporter::prometheus::port`,
    labels,
  };
}
