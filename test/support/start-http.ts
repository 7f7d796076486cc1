import { createServer as createHttpServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { TLSSocket } from "node:tls";

/** What the server does with one request. `hang` never answers, `drop` cuts the connection. */
export type HttpAnswer =
  | "hang"
  | "drop"
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    };

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came over the wire: not decompressed. */
  readonly body: Buffer;
  /** Common name in the certificate that the client showed. */
  readonly clientName: string | undefined;
}

export interface HttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`, no slash at the end; `https://localhost:port` with TLS. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly HttpRequest[];
  /** Resolves once at least this many requests have arrived whole. */
  untilRequests(count: number): Promise<void>;
}

/**
 * A real HTTP server on a free loopback port that answers by the script; the last answer is given for ever after.
 * A function decides for itself.
 */
export async function startHttp(
  script: readonly HttpAnswer[] | ((request: HttpRequest) => HttpAnswer),
  tls?: ServerOptions,
): Promise<HttpServer> {
  const requests: HttpRequest[] = [];
  const waiting = new Set<() => void>();
  const answerTo = (request: HttpRequest): HttpAnswer => {
    if (typeof script === "function") return script(request);
    return script[Math.min(requests.length, script.length) - 1] ?? { status: 500, body: "no answer in the script" };
  };
  const server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
  server.on("request", (incoming: IncomingMessage, response) => {
    readRequest(incoming).then(
      (request) => {
        requests.push(request);
        for (const wake of waiting) wake();
        waiting.clear();
        const answer = answerTo(request);
        if (answer === "hang") return;
        if (answer === "drop") incoming.socket.destroy();
        else response.writeHead(answer.status, answer.headers).end(answer.body);
      },
      () => response.destroy(), // the client went away in the middle of its request
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    requests,
    async untilRequests(count) {
      while (requests.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<HttpRequest> {
  const { method = "", url = "", headers, socket } = incoming;
  const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
  return { method, url, headers, body: await buffer(incoming), clientName: [name].flat()[0] };
}
