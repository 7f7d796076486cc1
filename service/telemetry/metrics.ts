import type { Meter } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { type HttpPages, serveHttp } from "#kit/serve-http.ts";
import { toPrometheusText } from "./prometheus-text.ts";

/** Hands out what was counted when asked. */
class PullReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** Tidewatch's own metrics, served in Prometheus form at `/metrics`. */
export class OwnMetrics {
  readonly #reader = new PullReader();
  readonly #provider = new MeterProvider({ readers: [this.#reader] });
  #pages: HttpPages | undefined;

  meter(): Meter {
    return this.#provider.getMeter("tidewatch");
  }

  async text(): Promise<string> {
    return toPrometheusText((await this.#reader.collect()).resourceMetrics);
  }

  /** @throws TidewatchError that says what to do when the port is taken. */
  async serve(address: string): Promise<void> {
    const type = "text/plain; version=0.0.4; charset=utf-8";
    this.#pages = await serveHttp(
      address,
      async (path) => (path === "/metrics" ? { type, body: await this.text() } : undefined),
      "service::telemetry::metrics::address",
    );
  }

  async shutdown(): Promise<void> {
    const pages = this.#pages;
    this.#pages = undefined;
    await pages?.close();
    await this.#provider.shutdown();
  }
}
