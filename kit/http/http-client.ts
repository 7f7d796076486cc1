import type { Context } from "#core/context.ts";
import { RetryableError } from "#core/errors.ts";
import { LiveTls } from "../tls/live-tls.ts";
import { tlsConfig } from "../tls/tls-config.ts";
import type { HttpClientConfig } from "./client-config.ts";
import { createCompress } from "./compress.ts";
import { Connections } from "./connections.ts";
import { exchange, ExchangeError, type HttpAnswer } from "./exchange.ts";
import { toNetworkError } from "./network-error.ts";

const MAX_ANSWER_BYTES = 65_536;

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

export interface HttpRequest {
  readonly url: URL;
  readonly contentType: string;
  /** Must not change until the promise settles. */
  readonly body: Buffer;
  /** Most bytes of the answer's body that are kept; default: 64 KiB. */
  readonly maxAnswerBytes?: number;
}

/**
 * The HTTP client of an exporter: keeps connections open, compresses, bounds what it reads. Redirects are answers like any
 * other, and nothing is taken from the environment: there is no proxy.
 */
export class HttpClient {
  readonly #config: HttpClientConfig;
  readonly #context: Pick<Context, "log" | "clock" | "host">;
  readonly #urls: readonly URL[];
  readonly #tls: LiveTls | undefined;
  readonly #connections: Connections;
  readonly #compress: ReturnType<typeof createCompress>;
  readonly #headers: Readonly<Record<string, string>>;
  #closed = false;

  /** `urls`: where it will send to; one with https makes it read certificates. */
  constructor(config: HttpClientConfig, context: Pick<Context, "log" | "clock" | "host">, urls: readonly URL[]) {
    this.#config = config;
    this.#context = context;
    this.#urls = urls;
    const secure = urls.some(({ protocol }) => protocol === "https:");
    this.#tls = secure ? new LiveTls(config.tls ?? tlsConfig.parse({}), context) : undefined;
    this.#connections = new Connections(config, this.#tls);
    this.#compress = createCompress(config);
    this.#headers = {
      "user-agent": `Tidewatch/${context.host.version}`,
      ...(this.#compress && { "content-encoding": config.compression }),
      ...Object.fromEntries(
        Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value.reveal()]),
      ),
    };
  }

  /** Reads certificates; opens no connection. @throws TidewatchError `tls_material`. */
  async start(): Promise<void> {
    const open = this.#urls.find(({ protocol, hostname }) => protocol === "http:" && !LOOPBACK.has(hostname));
    if (open !== undefined && Object.keys(this.#config.headers).length > 0)
      this.#context.log.warn({ host: open.host }, "secret headers are sent in the clear: the endpoint is not https");
    await this.#tls?.start();
  }

  /** Reads certificates again. @throws TidewatchError `tls_material`; those from before stay in use. */
  async reload(): Promise<void> {
    await this.#tls?.reload();
  }

  /**
   * Sends `body` and waits for the whole answer, whatever its status.
   * @throws RetryableError `http_unavailable` or `http_certificate` when there is none; the signal's reason when it aborts.
   */
  async post(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const body = (await this.#compress?.(request.body)) ?? request.body;
    try {
      return await this.#exchange(request, body, signal);
    } catch (error) {
      if (!isStale(error)) throw toOurs(error, request.url);
    }
    // The server closed an unused connection just when it was taken again: that says nothing about the server.
    try {
      return await this.#exchange(request, body, signal);
    } catch (error) {
      throw toOurs(error, request.url);
    }
  }

  /** Closes all connections; what is under way fails. Safe twice. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    this.#connections.close();
    await this.#tls?.shutdown();
  }

  async #exchange(request: HttpRequest, body: Buffer, signal: AbortSignal): Promise<HttpAnswer> {
    if (this.#closed) throw new RetryableError("the HTTP client is closed", { code: "http_unavailable" });
    const { url, contentType, maxAnswerBytes = MAX_ANSWER_BYTES } = request;
    const headers = { ...this.#headers, "content-type": contentType };
    return exchange({ url, headers, body, maxAnswerBytes, agent: this.#connections.agentFor(url) }, signal);
  }
}

function isStale(error: unknown): boolean {
  if (!(error instanceof ExchangeError) || !error.stale) return false;
  const { cause } = error;
  return cause instanceof Error && "code" in cause && (cause.code === "ECONNRESET" || cause.code === "EPIPE");
}

function toOurs(error: unknown, { host }: URL): unknown {
  return error instanceof ExchangeError ? toNetworkError(error.cause, host) : error;
}
