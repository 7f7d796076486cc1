import type { Component, Exporter, Extension, Receiver } from "#core/component.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import type { ComponentPlace } from "#core/status.ts";
import type { Prepared, PreparedConfig } from "../config/check-config.ts";
import type { ComponentMeter } from "../telemetry/component-meter.ts";
import { afterProcessor, type EdgeCounters, exporterEdge, fanOut, processorEdge, receiverEdge } from "./edges.ts";
import { Gate, Junction } from "./junction.ts";

/** A context whose meter follows the component's life. */
export interface NodeContext extends Context {
  readonly meter: ComponentMeter;
}

/** A built component with its place in the graph and its joints to what is below. */
export interface Node {
  /** Tells nodes of one graph apart: a processor stands in each pipeline that names it. */
  readonly key: string;
  /** What logs and errors name it by. */
  readonly id: string;
  readonly place: ComponentPlace;
  /** Equal for components that would be built alike. */
  readonly fingerprint: string;
  readonly component: Component;
  readonly meter: ComponentMeter;
  readonly out: Junction;
  /** For what a processor makes beside the records that pass. */
  readonly emitted: Junction;
  /** Between a receiver and its pipelines. */
  readonly gate: Gate | undefined;
}

/** Everything that runs, in the order in which it starts: extensions, then from the sinks to the sources. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Where records of a node, by its key, come in again: an exporter, a processor, or what is behind a receiver. */
  readonly entries: ReadonlyMap<string, Consumer>;
  /** Joins the nodes as the configuration says. Until then nodes of an earlier graph are joined as they were. */
  connect(): void;
}

/**
 * Builds all components that pipelines use; those of an earlier graph that would be built alike are taken over. Starts
 * nothing and joins nothing.
 */
export function buildGraph(
  config: PreparedConfig,
  contextOf: (place: ComponentPlace, key: string) => NodeContext,
  counters: EdgeCounters,
  earlier: readonly Node[] = [],
): Graph {
  return new GraphBuilder(config, contextOf, counters, earlier).build();
}

class GraphBuilder {
  readonly #config: PreparedConfig;
  readonly #contextOf: (place: ComponentPlace, key: string) => NodeContext;
  readonly #counters: EdgeCounters;
  readonly #earlier: ReadonlyMap<string, Node>;
  readonly #extensions = new Map<string, Node>();
  readonly #exporters = new Map<string, Consumer>();
  readonly #heads = new Map<string, Consumer>();
  readonly #sinkSide: Node[] = [];
  readonly #processors: Node[] = [];
  readonly #joints: (() => void)[] = [];
  readonly #entries = new Map<string, Consumer>();

  constructor(
    config: PreparedConfig,
    contextOf: (place: ComponentPlace, key: string) => NodeContext,
    counters: EdgeCounters,
    earlier: readonly Node[],
  ) {
    this.#config = config;
    this.#contextOf = contextOf;
    this.#counters = counters;
    this.#earlier = new Map(earlier.map((node) => [node.key, node]));
  }

  build(): Graph {
    const { service } = this.#config;
    for (const id of service.extensions) {
      const prepared = this.#config.extensions.get(id);
      if (prepared === undefined) continue;
      this.#extensions.set(
        id,
        this.#node({ kind: "extension", id, pipeline: undefined }, prepared, (context) => prepared.build(context)),
      );
    }
    for (const name of Object.keys(service.pipelines)) this.#head(name);
    const receivers = this.#receivers();
    return {
      nodes: [...this.#extensions.values(), ...this.#sinkSide, ...this.#processors, ...receivers],
      extensions: new Map([...this.#extensions].map(([id, { component }]) => [id, component])),
      entries: this.#entries,
      connect: () => {
        for (const join of this.#joints) join();
      },
    };
  }

  /** The node of an earlier graph, when it and the extensions that it uses are the same; otherwise a new one. */
  #node(
    place: ComponentPlace,
    prepared: Prepared<unknown>,
    build: (context: Context, out: Junction, emitted: Junction) => Component,
    gate?: Gate,
  ): Node {
    const key = nodeKey(place);
    const before = this.#earlier.get(key);
    const isKept = (id: string): boolean => this.#extensions.get(id) === this.#earlier.get(`extension ${id}`);
    if (before?.fingerprint === prepared.fingerprint && prepared.references.every(isKept)) return before;
    const out = new Junction();
    const emitted = new Junction();
    const { id, fingerprint } = prepared;
    const context = this.#contextOf(place, key);
    const component = build(context, out, emitted);
    return { key, id, place, fingerprint, component, meter: context.meter, out, emitted, gate };
  }

  /** The first consumer of a pipeline; pipelines that it feeds are built before it. */
  #head(name: string): Consumer {
    const known = this.#heads.get(name);
    if (known !== undefined) return known;
    const { processors, exporters } = this.#config.service.pipelines[name] ?? { processors: [], exporters: [] };
    let next = fanOut(exporters.map((id) => this.#exporter(id)));
    for (const id of processors.toReversed()) {
      const prepared = this.#config.processors.get(id);
      if (prepared === undefined) continue;
      const fed = prepared.emits ? this.#fedBy(id) : fanOut([]);
      const node = this.#node({ kind: "processor", id, pipeline: name }, prepared, prepared.build);
      const below = afterProcessor(next, id, this.#counters);
      this.#joints.push(() => {
        node.out.target = below;
        node.emitted.target = fed;
      });
      this.#processors.push(node);
      next = processorEdge(node.component as Component & Consumer, id, this.#counters);
      this.#entries.set(node.key, next);
    }
    this.#heads.set(name, next);
    return next;
  }

  /** Where the records go that a processor emits: all pipelines that name it as a receiver. */
  #fedBy(processorId: string): Consumer {
    const pipelines = Object.entries(this.#config.service.pipelines);
    return fanOut(
      pipelines.filter(([, { receivers }]) => receivers.includes(processorId)).map(([name]) => this.#head(name)),
    );
  }

  /** One instance per id, however many pipelines end in it. */
  #exporter(id: string): Consumer {
    const known = this.#exporters.get(id);
    if (known !== undefined) return known;
    const prepared = this.#config.exporters.get(id);
    if (prepared === undefined) return fanOut([]);
    const node = this.#node({ kind: "exporter", id, pipeline: undefined }, prepared, (context) =>
      prepared.build(context),
    );
    const edge = exporterEdge(node.component as Exporter, id, this.#counters);
    this.#sinkSide.push(node);
    this.#entries.set(node.key, edge);
    this.#exporters.set(id, edge);
    return edge;
  }

  /** One instance per id, in front of all pipelines that name it. */
  #receivers(): Node[] {
    const pipelines = Object.entries(this.#config.service.pipelines);
    const nodes: Node[] = [];
    for (const [id, prepared] of this.#config.receivers) {
      const heads = pipelines.filter(([, { receivers }]) => receivers.includes(id)).map(([name]) => this.#head(name));
      if (heads.length === 0) continue;
      const gate = new Gate();
      const node: Node = this.#node(
        { kind: "receiver", id, pipeline: undefined },
        prepared,
        (context) => {
          const transportOf = (): string | undefined => (node.component as Receiver).transport;
          return prepared.build(context, receiverEdge(gate, context, this.#counters, transportOf));
        },
        gate,
      );
      const below = fanOut(heads);
      this.#entries.set(node.key, below);
      this.#joints.push(() => {
        if (node.gate !== undefined) node.gate.junction.target = below;
      });
      nodes.push(node);
    }
    return nodes;
  }
}

/** Dead letters have it as their origin, on the disk: it stays as it is. */
function nodeKey({ kind, id, pipeline }: ComponentPlace): string {
  return pipeline === undefined ? `${kind} ${id}` : `${kind} ${pipeline} ${id}`;
}
