import { Agent as HttpAgent, type AgentOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { SecureContext } from "node:tls";
import type { LiveTls } from "../tls/live-tls.ts";
import type { HttpClientConfig } from "./client-config.ts";

type Limits = Pick<
  HttpClientConfig,
  "max_conns_per_host" | "max_idle_conns" | "max_idle_conns_per_host" | "idle_conn_timeout" | "disable_keep_alives"
>;

/** The open connections of one client. */
export class Connections {
  readonly #options: AgentOptions;
  readonly #tls: LiveTls | undefined;
  readonly #plain: HttpAgent;
  #secure: HttpsAgent | undefined;
  /** What the connections of #secure were opened with. */
  #secureContext: SecureContext | undefined;

  constructor(limits: Limits, tls: LiveTls | undefined) {
    this.#options = toOptions(limits);
    this.#tls = tls;
    this.#plain = new HttpAgent(this.#options);
  }

  agentFor(url: URL): HttpAgent {
    return url.protocol === "https:" ? this.#secureAgent() : this.#plain;
  }

  /** Ends what is under way as well. */
  close(): void {
    this.#plain.destroy();
    this.#secure?.destroy();
  }

  /** Another one once the certificates were read again: a connection and its TLS session keep those they began with. */
  #secureAgent(): HttpsAgent {
    const secureContext = this.#tls?.secureContext;
    if (this.#secure === undefined || secureContext !== this.#secureContext) {
      if (this.#secure !== undefined) retire(this.#secure);
      this.#secureContext = secureContext;
      this.#secure = new HttpsAgent({ ...this.#options, ...this.#tls?.connectionOptions });
    }
    return this.#secure;
  }
}

/** What is under way goes on; nothing new begins. */
function retire(agent: HttpsAgent): void {
  agent.keepSocketAlive = () => false;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

function toOptions(limits: Limits): AgentOptions {
  const { max_conns_per_host, max_idle_conns, max_idle_conns_per_host = 0, idle_conn_timeout } = limits;
  return {
    keepAlive: !limits.disable_keep_alives,
    maxSockets: noLimit(max_conns_per_host),
    maxFreeSockets: Math.min(noLimit(max_idle_conns), noLimit(max_idle_conns_per_host)),
    ...(idle_conn_timeout > 0 && { timeout: idle_conn_timeout }),
  };
}

function noLimit(setting: number): number {
  return setting === 0 ? Number.POSITIVE_INFINITY : setting;
}
