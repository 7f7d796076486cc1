import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { TidewatchError } from "#core/errors.ts";

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with the host in brackets when it is an IPv6 address. */
function parseEndpoint(text: string): Endpoint {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}

/** A small HTTP server for pages about Tidewatch itself: GET only, slow peers are cut off. */
export interface HttpPages {
  /** The port that it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/** Answers a GET; `path` is without the query. Undefined = there is no such page. */
export type Answer = (path: string, query: URLSearchParams) => Page | undefined | Promise<Page | undefined>;

export interface Page {
  readonly status?: number;
  readonly type: string;
  readonly body: string;
}

/** @throws TidewatchError `listen_address` when the address cannot be had; it says that `setting` can be changed. */
export async function serveHttp(address: string, answer: Answer, setting: string): Promise<HttpPages> {
  const server = createServer((request, response) => void reply(request, response, answer));
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  server.maxConnections = 100;
  const { host, port } = parseEndpoint(address);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(addressError(address, error, setting)));
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  return { port: typeof bound === "object" ? (bound?.port ?? port) : port, close: () => close(server) };
}

async function reply(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  try {
    const url = new URL(request.url ?? "/", "http://localhost");
    const page = await answer(url.pathname, url.searchParams);
    if (page === undefined) response.writeHead(404).end();
    else {
      const headers = { "content-type": page.type, "x-content-type-options": "nosniff", "cache-control": "no-store" };
      response.writeHead(page.status ?? 200, headers).end(page.body);
    }
  } catch {
    response.writeHead(500).end();
  }
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

function addressError(address: string, error: Error, setting: string): TidewatchError {
  const taken = "code" in error && error.code === "EADDRINUSE";
  const message = taken
    ? `${address} is in use: set ${setting} to another address`
    : `cannot listen on ${address}: ${error.message} (${setting})`;
  return new TidewatchError(message, { cause: error, code: "listen_address" });
}
