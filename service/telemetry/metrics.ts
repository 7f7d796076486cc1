import { createServer, type Server } from "node:http";
import type { Meter } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { TidewatchError } from "#core/errors.ts";
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
  #server: Server | undefined;

  meter(): Meter {
    return this.#provider.getMeter("tidewatch");
  }

  async text(): Promise<string> {
    return toPrometheusText((await this.#reader.collect()).resourceMetrics);
  }

  /** @throws TidewatchError that says what to do when the port is taken. */
  async serve(address: string): Promise<void> {
    const colon = address.lastIndexOf(":");
    const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
    const server = createServer((request, response) => {
      if (request.method !== "GET" || request.url !== "/metrics") {
        response.writeHead(404).end();
        return;
      }
      this.text().then(
        (text) => response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text),
        () => response.writeHead(500).end(),
      );
    });
    server.headersTimeout = 5000;
    server.requestTimeout = 10_000;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(portError(address, error)));
      server.listen(Number(address.slice(colon + 1)), host, resolve);
    });
    this.#server = server;
  }

  async shutdown(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    }
    await this.#provider.shutdown();
  }
}

function portError(address: string, error: Error): TidewatchError {
  const taken = "code" in error && error.code === "EADDRINUSE";
  const advice = "set service::telemetry::metrics::address to another, or its level to none";
  const message = taken
    ? `${address} for own metrics is in use: ${advice}`
    : `cannot serve own metrics on ${address}: ${error.message}`;
  return new TidewatchError(message, { cause: error, code: "metrics_address" });
}
