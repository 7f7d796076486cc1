import type { Counter } from "@opentelemetry/api";
import type { Clock } from "#core/context.ts";
import { ConfigError, errorMessage, TidewatchError } from "#core/errors.ts";
import type { Extension, Receiver } from "#core/component.ts";
import type { ComponentPlace } from "#core/status.ts";
import type { PreparedConfig } from "./config/check-config.ts";
import { DeadLetters } from "./dead-letters/dead-letters.ts";
import { Replay } from "./dead-letters/replay.ts";
import { buildGraph, type Graph, type Node, type NodeContext } from "./graph/build-graph.ts";
import { compareGraphs, pauseReceivers, sameSettings } from "./exchange.ts";
import { EdgeCounters } from "./graph/edges.ts";
import { untilAborted } from "#kit/until-aborted.ts";
import type { OwnLog } from "./telemetry/logger.ts";
import { StatusBoard } from "./status-board.ts";
import { ComponentMeter } from "./telemetry/component-meter.ts";
import { measureEventLoop } from "./telemetry/event-loop-delay.ts";
import { OwnMetrics } from "./telemetry/metrics.ts";
import { observeLostLog, observeStatuses } from "./telemetry/service-metrics.ts";
import { observeProcess } from "./telemetry/process-metrics.ts";

/** Time that a stop may take before components are left behind. */
export const STOP_TIMEOUT_MS = 9000;

/** Time that the components of a new configuration may take to start before the old one comes back. */
const START_TIMEOUT_MS = 30_000;

/** Time that own metrics have at the end to be sent once more. */
const LAST_METRICS_MS = 2000;

/** A configuration at work: built at construction, started once, exchanged while it runs, stopped at the end. */
export class Service {
  #config: PreparedConfig;
  readonly #log: OwnLog;
  readonly #clock: Clock;
  readonly #metrics: OwnMetrics;
  readonly #deadLetters: DeadLetters;
  readonly #replay: Replay;
  readonly #counters: EdgeCounters;
  readonly #reloads: Counter;
  readonly #board: StatusBoard;
  #graph: Graph;
  #endMeasuring = (): void => {};
  /** In the order in which they started. */
  #started: Node[] = [];

  constructor(config: PreparedConfig, log: OwnLog, clock: Clock) {
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    this.#board = new StatusBoard(config.service, clock);
    this.#metrics = new OwnMetrics(config.service.telemetry, { clock, log: log.of(undefined) });
    const meter = this.#metrics.meter();
    observeProcess(meter, this.#board.memoryLimitBytes);
    observeLostLog(meter, log);
    observeStatuses(meter, this.#board);
    const world = { clock, meter, log: log.of(undefined) };
    this.#deadLetters = new DeadLetters(config.service.dead_letter, world);
    const { directory } = config.service.dead_letter;
    this.#replay = new Replay({ ...world, directory, entry: (origin) => this.#graph.entries.get(origin) });
    this.#counters = new EdgeCounters(meter);
    this.#reloads = meter.createCounter("tidewatch_config_reloads", {
      description: "Attempts to exchange the configuration, by outcome.",
    });
    for (const outcome of ["done", "failed"]) this.#reloads.add(0, { outcome });
    this.#graph = this.#build(config, []);
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
    this.#graph.connect();
    try {
      await this.#metrics.start();
      this.#endMeasuring = measureEventLoop(this.#metrics.meter());
      await this.#deadLetters.start();
      await this.#startNodes(this.#graph.nodes, signal);
      this.#replay.start();
    } catch (error) {
      await this.stop(AbortSignal.timeout(STOP_TIMEOUT_MS));
      throw error;
    }
    this.#board.ready = true;
    this.#log.of(undefined).info({ components: this.#graph.nodes.length }, "everything is running");
  }

  /**
   * Exchanges what the new configuration has otherwise; components with the same settings stay, with their files, sockets
   * and state. Records wait at their receivers meanwhile. When a new component does not start, everything is as before.
   * @throws TidewatchError when the new configuration could not be put to work; the old one runs then, unless the code
   * is `reload_rollback`.
   */
  async reload(config: PreparedConfig): Promise<void> {
    const log = this.#log.of(undefined);
    const before = { config: this.#config, graph: this.#graph };
    const next = this.#build(config, before.graph.nodes);
    const { leaving, coming, staying } = compareGraphs(before.graph, next);
    const resume = await pauseReceivers(staying, this.#clock);
    try {
      await this.#exchange(next, leaving, coming);
      this.#config = config;
      this.#board.describe(config.service);
      await this.#refresh(staying);
    } catch (error) {
      this.#reloads.add(1, { outcome: "failed" });
      await this.#goBack(before.config, staying, error);
      throw error;
    } finally {
      resume();
    }
    this.#reloads.add(1, { outcome: "done" });
    for (const setting of ["telemetry", "dead_letter"] as const) {
      if (sameSettings(config.service[setting], before.config.service[setting])) continue;
      log.warn({ setting: `service::${setting}` }, "this part of the configuration takes effect at the next start");
    }
    const ids = (nodes: readonly Node[]): string => nodes.map(({ id }) => id).join(" ");
    log.info({ stopped: ids(leaving), started: ids(coming), kept: staying.length }, "configuration is exchanged");
  }

  /** Sources first, then down to the sinks, then extensions; goes on past errors. Safe twice. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#board.ready = false;
    await this.#replay.close();
    await this.#stopNodes(this.#fromSources(), deadline);
    await this.#deadLetters.close();
    this.#endMeasuring();
    await this.#metrics.shutdown(AbortSignal.any([deadline, AbortSignal.timeout(LAST_METRICS_MS)]));
  }

  /** What has started, sources first: after a reload that is not the order in which they started. */
  #fromSources(): Node[] {
    const started = new Set(this.#started);
    const ordered = this.#graph.nodes.filter((node) => started.has(node));
    const strangers = this.#started.filter((node) => !ordered.includes(node));
    return [...strangers.toReversed(), ...ordered.toReversed()];
  }

  #build(config: PreparedConfig, earlier: readonly Node[]): Graph {
    return buildGraph(config, (place, key) => this.#context(place, key), this.#counters, earlier);
  }

  /** Puts `next` in the place of what runs. The receivers that stay are closed. */
  async #exchange(next: Graph, leaving: readonly Node[], coming: readonly Node[]): Promise<void> {
    await this.#stopNodes(leaving, AbortSignal.timeout(STOP_TIMEOUT_MS));
    this.#graph = next;
    next.connect();
    await this.#startNodes(coming, AbortSignal.timeout(START_TIMEOUT_MS));
  }

  /** Stops what is not of the old configuration and starts anew what it had beside the nodes that stayed. */
  async #goBack(config: PreparedConfig, staying: readonly Node[], cause: unknown): Promise<void> {
    const kept = new Set(staying);
    const strangers = this.#started.filter((node) => !kept.has(node)).toReversed();
    await this.#stopNodes(strangers, AbortSignal.timeout(STOP_TIMEOUT_MS));
    this.#graph = this.#build(config, staying);
    this.#graph.connect();
    const { coming } = compareGraphs({ nodes: staying }, this.#graph);
    try {
      await this.#startNodes(coming, AbortSignal.timeout(START_TIMEOUT_MS));
    } catch (error) {
      const message = `neither the new configuration (${errorMessage(cause)}) nor the old one (${errorMessage(error)}) runs`;
      throw new TidewatchError(message, { cause, code: "reload_rollback" });
    }
  }

  /** Components that stay look again at what their settings point to. */
  async #refresh(nodes: readonly Node[]): Promise<void> {
    for (const { id, component } of nodes) {
      try {
        await component.reload?.();
      } catch (error) {
        this.#log.of(id).error({ error }, "component keeps what it had, the new could not be read");
      }
    }
  }

  async #startNodes(nodes: readonly Node[], signal: AbortSignal): Promise<void> {
    for (const node of nodes) {
      try {
        signal.throwIfAborted();
        this.#board.set(node.place, "StatusStarting");
        node.meter.attach();
        // One that hangs must not keep a reload, or a stop, waiting for ever.
        await untilAborted(node.component.start?.(signal) ?? Promise.resolve(), signal);
      } catch (error) {
        // It may hold a port, a file or a lock already.
        await this.#stopNodes([node], AbortSignal.timeout(STOP_TIMEOUT_MS));
        if (signal.aborted) throw error;
        throw new TidewatchError(`${node.id} did not start: ${errorMessage(error)}`, {
          cause: error,
          code: "start",
          ...(error instanceof TidewatchError && { code: error.code }),
        });
      }
      this.#started.push(node);
      this.#counters.announce(node.place, node.component as Receiver);
      if (this.#board.statusOf(node.place)?.status === "StatusStarting") this.#board.set(node.place, "StatusOK");
    }
  }

  async #stopNodes(nodes: readonly Node[], deadline: AbortSignal): Promise<void> {
    const tooLate = afterDeadline(deadline);
    for (const node of nodes) {
      this.#started = this.#started.filter((started) => started !== node);
      this.#board.set(node.place, "StatusStopping");
      try {
        await Promise.race([node.component.shutdown?.(deadline), tooLate]);
      } catch (error) {
        this.#log.of(node.id).error({ error }, "component did not stop cleanly");
      }
      node.meter.detach();
      this.#board.set(node.place, "StatusStopped");
    }
  }

  #context(place: ComponentPlace, key: string): NodeContext {
    const { id } = place;
    return {
      id,
      log: this.#log.of(id),
      meter: new ComponentMeter(
        this.#metrics.meter(),
        place.pipeline === undefined ? {} : { "otelcol.pipeline.id": place.pipeline },
      ),
      clock: this.#clock,
      host: this.#board,
      report: (status, error) => this.#board.set(place, status, error),
      reject: (records, reason) => this.#deadLetters.store(id, key, records, reason),
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

/**
 * Rejects half a second after the deadline: components get the deadline itself and may still finish in time, but one that
 * hangs must not keep the others from stopping.
 */
function afterDeadline(deadline: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => void setTimeout(() => reject(new Error("stopping took too long")), 500).unref();
  if (deadline.aborted) giveUp();
  else deadline.addEventListener("abort", giveUp, { once: true });
  // Nobody may be waiting for it.
  promise.catch(() => undefined);
  return promise;
}
