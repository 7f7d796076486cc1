import type { ConnectionOptions, SecureContext } from "node:tls";
import type { Context } from "#core/context.ts";
import { loadSecureContext } from "./load-secure-context.ts";
import type { TlsConfig } from "./tls-config.ts";

/**
 * TLS of one component: certificates are read at the start and then again every `reload_interval`, so that renewed ones
 * are used for the connections that are opened from then on. New files that are unusable change nothing and are warned of.
 */
export class LiveTls {
  readonly #config: TlsConfig;
  readonly #context: Pick<Context, "log" | "clock">;
  readonly #stop = new AbortController();
  #secureContext: SecureContext | undefined;
  #running: Promise<void> | undefined;

  constructor(config: TlsConfig, context: Pick<Context, "log" | "clock">) {
    this.#config = config;
    this.#context = context;
  }

  /** What connections are opened with just now; another object after the files were read again. */
  get secureContext(): SecureContext | undefined {
    return this.#secureContext;
  }

  /** Options for `tls.connect`. The context is looked up each time they are read, so they may be kept and spread. */
  get connectionOptions(): ConnectionOptions {
    const current = (): SecureContext | undefined => this.#secureContext;
    const { insecure_skip_verify, server_name_override } = this.#config;
    return {
      rejectUnauthorized: !insecure_skip_verify,
      ...(server_name_override !== undefined && { servername: server_name_override }),
      get secureContext() {
        return current();
      },
    };
  }

  /** @throws TidewatchError `tls_material`. */
  async start(): Promise<void> {
    const { insecure_skip_verify, reload_interval } = this.#config;
    await this.reload();
    if (insecure_skip_verify)
      this.#context.log.warn(
        { setting: "tls::insecure_skip_verify" },
        "the server's certificate is not checked: whoever stands between can read and answer everything",
      );
    if (reload_interval !== undefined && !this.#stop.signal.aborted) this.#running = this.#every(reload_interval);
  }

  /** Reads the files now. @throws TidewatchError `tls_material`; what was read before stays in use. */
  async reload(): Promise<void> {
    this.#secureContext = await loadSecureContext(this.#config);
  }

  async shutdown(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Never rejects. */
  async #every(intervalMs: number): Promise<void> {
    for (;;) {
      await this.#context.clock.sleep(intervalMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        await this.reload();
      } catch (error) {
        this.#context.log.warn({ error }, "certificates could not be read again, going on with those from before");
      }
    }
  }
}
