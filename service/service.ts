import type { Clock, Context } from "#core/context.ts";
import { ConfigError, errorMessage, TidewatchError } from "#core/errors.ts";
import type { Extension } from "#core/component.ts";
import type { PreparedConfig } from "./config/check-config.ts";
import { DeadLetters } from "./dead-letter.ts";
import { buildGraph, type Graph, type Node } from "./graph/build-graph.ts";
import { EdgeCounters } from "./graph/edges.ts";
import type { OwnLog } from "./telemetry/logger.ts";
import { OwnMetrics } from "./telemetry/metrics.ts";

/** Time that a stop may take before components are left behind. */
export const STOP_TIMEOUT_MS = 9000;

/** A configuration at work: built at construction, started once, stopped in the opposite order. */
export class Service {
  readonly #config: PreparedConfig;
  readonly #log: OwnLog;
  readonly #clock: Clock;
  readonly #metrics = new OwnMetrics();
  readonly #deadLetters: DeadLetters;
  readonly #graph: Graph;
  readonly #started: Node[] = [];

  constructor(config: PreparedConfig, log: OwnLog, clock: Clock) {
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    this.#deadLetters = new DeadLetters(config.service.dead_letter.directory, clock);
    const counters = new EdgeCounters(this.#metrics.meter());
    this.#graph = buildGraph(config, (id) => this.#context(id), counters);
  }

  /** The extension of this id, when the service has one. */
  extension(id: string): Extension | undefined {
    return this.#graph.extensions.get(id);
  }

  /** Own metrics in Prometheus form. */
  metricsText(): Promise<string> {
    return this.#metrics.text();
  }

  /** Starts extensions, then sinks to sources. When one fails, what had started is stopped, newest first. */
  async start(signal: AbortSignal): Promise<void> {
    const { metrics } = this.#config.service.telemetry;
    if (metrics.level !== "none") await this.#metrics.serve(metrics.address);
    for (const node of this.#graph.nodes) {
      try {
        signal.throwIfAborted();
        await node.component.start?.(signal);
      } catch (error) {
        await this.stop(AbortSignal.timeout(STOP_TIMEOUT_MS));
        if (signal.aborted) throw error;
        throw new TidewatchError(`${node.id} did not start: ${errorMessage(error)}`, {
          cause: error,
          code: "start",
          ...(error instanceof TidewatchError && { code: error.code }),
        });
      }
      this.#started.push(node);
    }
    this.#log.of(undefined).info({ components: this.#graph.nodes.length }, "everything is running");
  }

  /** Sources first, then down to the sinks, then extensions; goes on past errors. Safe twice. */
  async stop(deadline: AbortSignal): Promise<void> {
    for (let node = this.#started.pop(); node !== undefined; node = this.#started.pop()) {
      try {
        await untilDeadline(node.component.shutdown?.(deadline), deadline);
      } catch (error) {
        this.#log.of(node.id).error({ error }, "component did not stop cleanly");
      }
    }
    await this.#deadLetters.close();
    await this.#metrics.shutdown();
  }

  #context(id: string): Context {
    return {
      id,
      log: this.#log.of(id),
      meter: this.#metrics.meter(),
      clock: this.#clock,
      reject: (records, reason) => this.#deadLetters.store(id, records, reason),
      extension: (wanted, guard) => {
        const extension = this.#graph.extensions.get(wanted);
        if (extension !== undefined && guard(extension)) return extension;
        const message =
          extension === undefined ? `there is no extension "${wanted}"` : `extension "${wanted}" is of another kind`;
        throw new ConfigError([{ path: [id], message }]);
      },
    };
  }
}

/** A component that hangs must not keep the others from stopping. */
async function untilDeadline(stopping: Promise<void> | undefined, deadline: AbortSignal): Promise<void> {
  if (stopping === undefined) return;
  const { promise, reject } = Promise.withResolvers<never>();
  // Half a second more: the component gets the deadline itself and may still finish in time.
  const giveUp = (): void => void setTimeout(() => reject(new Error("stopping took too long")), 500).unref();
  deadline.addEventListener("abort", giveUp);
  try {
    if (deadline.aborted) giveUp();
    await Promise.race([stopping, promise]);
  } finally {
    deadline.removeEventListener("abort", giveUp);
  }
}
