import type { Component, Extension, Exporter, Processor } from "#core/component.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import type { PreparedConfig } from "../config/check-config.ts";
import { afterProcessor, type EdgeCounters, exporterEdge, fanOut, processorEdge, receiverEdge } from "./edges.ts";

/** A built component with the id that logs and errors name it by. */
export interface Node {
  readonly id: string;
  readonly component: Component;
}

/** Everything that runs, in the order in which it starts: extensions, then from the sinks to the sources. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly extensions: ReadonlyMap<string, Extension>;
}

/** Builds all components that pipelines use, and joins them. Starts nothing. */
export function buildGraph(config: PreparedConfig, contextOf: (id: string) => Context, counters: EdgeCounters): Graph {
  return new GraphBuilder(config, contextOf, counters).build();
}

class GraphBuilder {
  readonly #config: PreparedConfig;
  readonly #contextOf: (id: string) => Context;
  readonly #counters: EdgeCounters;
  readonly #exporters = new Map<string, Consumer>();
  readonly #heads = new Map<string, Consumer>();
  readonly #sinkSide: Node[] = [];
  readonly #processors: Node[] = [];

  constructor(config: PreparedConfig, contextOf: (id: string) => Context, counters: EdgeCounters) {
    this.#config = config;
    this.#contextOf = contextOf;
    this.#counters = counters;
  }

  build(): Graph {
    const { service } = this.#config;
    const extensions = new Map<string, Extension>();
    for (const id of service.extensions) {
      const prepared = this.#config.extensions.get(id);
      if (prepared !== undefined) extensions.set(id, prepared.build(this.#contextOf(id)));
    }
    for (const name of Object.keys(service.pipelines)) this.#head(name);
    const receivers = this.#receivers();
    const nodes = [...extensions].map(([id, component]) => ({ id, component }));
    return { nodes: [...nodes, ...this.#sinkSide, ...this.#processors, ...receivers], extensions };
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
      const emitted = prepared.emits ? this.#fedBy(id) : fanOut([]);
      const processor: Processor = prepared.build(
        this.#contextOf(id),
        afterProcessor(next, id, this.#counters),
        emitted,
      );
      this.#processors.push({ id, component: processor });
      next = processorEdge(processor, id, this.#counters);
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
    const exporter: Exporter = prepared.build(this.#contextOf(id));
    const edge = exporterEdge(exporter, id, this.#counters);
    this.#sinkSide.push({ id, component: exporter });
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
      const context = this.#contextOf(id);
      nodes.push({ id, component: prepared.build(context, receiverEdge(fanOut(heads), context, this.#counters)) });
    }
    return nodes;
  }
}
