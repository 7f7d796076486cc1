import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { Pipeline, Sink } from "../family.ts";
import { BULK } from "./protocols.ts";

/** An Elasticsearch that takes so many records a second, until it is healed. */
export class SlowSink implements Sink {
  readonly exporter = "elasticsearch";
  readonly #server: Server;
  #recordsPerSecond: number;
  #busyUntilMs = 0;
  #lines: string[] = [];

  private constructor(recordsPerSecond: number) {
    this.#recordsPerSecond = recordsPerSecond;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response).catch(() => request.socket.destroy());
    });
  }

  static async start(recordsPerSecond: number): Promise<SlowSink> {
    const sink = new SlowSink(recordsPerSecond);
    await once(sink.#server.listen(0, "127.0.0.1"), "listening");
    return sink;
  }

  /** All records go through a memory limiter and to this sink. */
  pipeline(limitMib: number): Pipeline {
    const endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const limiter = { limit_mib: limitMib, spike_limit_mib: Math.round(limitMib / 5), check_interval: "50ms" };
    return {
      processors: { memory_limiter: limiter, tidb: {} },
      exporters: { elasticsearch: { endpoint } },
      sinks: [this],
    };
  }

  heal(): void {
    this.#recordsPerSecond = Infinity;
    this.#busyUntilMs = 0;
  }

  poll(take: (line: string) => void): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    for (const line of lines) take(line);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await buffer(request);
    const lines = BULK.toLines(request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw);
    const needsMs = (lines.length / this.#recordsPerSecond) * 1000;
    this.#busyUntilMs = Math.max(performance.now(), this.#busyUntilMs) + needsMs;
    // In steps, so that what waits goes on when it is healed.
    while (performance.now() < this.#busyUntilMs) await setTimeout(20);
    for (const line of lines) this.#lines.push(line);
    const text = BULK.answer(lines.length, lines.length);
    response.writeHead(200, { "content-type": "application/json" }).end(text);
  }
}
