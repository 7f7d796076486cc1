import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { pick, type Random } from "#test/oracle/random.ts";
import type { Sink } from "./family.ts";
import { type Behaviour, type Deed, DEEDS, TIMEOUT_MS } from "./sinks/deeds.ts";
import type { Protocol } from "./sinks/protocols.ts";

interface Options {
  readonly exporter: string;
  readonly protocol: Protocol;
  /** What it does besides taking what comes, each as often as the others. */
  readonly behaviours: readonly Behaviour[];
  /** Share of the requests that fare badly. */
  readonly share?: number;
  readonly random: Random;
}

const SHARE = 0.6;

/**
 * A receiver over HTTP that goes wrong until it is healed. What it has taken counts as delivered even if nobody was told:
 * such records may come again, and `mayRepeat` says how many.
 */
export class FaultySink implements Sink {
  readonly exporter: string;
  readonly #options: Options;
  readonly #lines: string[] = [];
  #server: Server;
  #port = 0;
  #healthy = false;
  #closed = false;
  /** While nobody listens. */
  #returning: Promise<void> | undefined;
  #unsure = 0;
  /** Requests that fared badly. */
  faults = 0;

  private constructor(options: Options) {
    this.exporter = options.exporter;
    this.#options = options;
    this.#server = this.#create();
  }

  static async start(options: Options): Promise<FaultySink> {
    const sink = new FaultySink(options);
    await sink.#listen();
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  heal(): void {
    this.#healthy = true;
  }

  poll(take: (line: string) => void): Promise<void> {
    for (const line of this.#lines.splice(0)) take(line);
    return Promise.resolve();
  }

  mayRepeat(): number {
    return this.#unsure;
  }

  async close(): Promise<void> {
    this.#healthy = true;
    this.#closed = true;
    await this.#returning;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #create(): Server {
    return createServer((request, response) => {
      // A client that goes away in the middle is what many of the faults are about.
      void this.#answer(request, response).catch(() => request.socket.destroy());
    });
  }

  async #listen(): Promise<void> {
    await once(this.#server.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { random, behaviours, protocol, share = SHARE } = this.#options;
    const startMs = performance.now();
    const raw = await buffer(request);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
    const lines = protocol.toLines(body);
    const isBad = !this.#healthy && random() < share;
    const deed = isBad ? DEEDS[pick(random, behaviours)] : TAKES;
    const { takes, tells } = deed(lines.length, random);
    if (isBad && (tells.kind !== "whole" || takes < lines.length)) this.faults++;
    const taken = lines.filter((_, k) => k % lines.length < takes);
    this.#lines.push(...taken);
    try {
      await this.#tell(tells, request, response, protocol.answer(lines.length, takes));
    } finally {
      // On a busy machine a whole answer can be late, too.
      const inTime = performance.now() - startMs < TIMEOUT_MS / 2 && !request.socket.destroyed;
      if (tells.kind !== "whole" || !inTime) this.#unsure += taken.length;
    }
  }

  async #tell(tells: Deed["tells"], request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    if (tells.kind === "nothing") return;
    if (tells.kind === "refusal") {
      response.writeHead(tells.status, tells.headers).end();
      return;
    }
    if (tells.kind === "away") {
      request.socket.destroy();
      this.#returning ??= this.#beAway(tells.forMs);
      await this.#returning;
      return;
    }
    if (tells.kind === "late") await setTimeout(tells.afterMs);
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    if (tells.kind === "cut") {
      response.write(text.slice(0, 1));
      await setTimeout(5);
      request.socket.resetAndDestroy();
      return;
    }
    if (tells.kind === "drip") await drip(response, text, tells.everyMs);
    else response.end(text);
  }

  /** Nobody listens for a while. */
  async #beAway(forMs: number): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await setTimeout(this.#healthy ? 0 : forMs);
    if (this.#closed) return;
    this.#server = this.#create();
    await this.#listen();
    this.#returning = undefined;
  }
}

/** In pieces, as long as anybody listens. */
async function drip(response: ServerResponse, text: string, everyMs: number): Promise<void> {
  const bytes = Math.ceil(text.length / 10);
  for (let at = 0; at < text.length && !response.destroyed; at += bytes) {
    response.write(text.slice(at, at + bytes));
    await setTimeout(everyMs);
  }
  response.end();
}

const TAKES = (count: number): Deed => ({ takes: count, tells: { kind: "whole" } });
