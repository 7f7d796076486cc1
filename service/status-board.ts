import { totalmem } from "node:os";
import type { Clock } from "#core/context.ts";
import { errorMessage } from "#core/errors.ts";
import type { ComponentPlace, ComponentStatus, Host, PipelineIds, StatusName } from "#core/status.ts";
import type { ServiceConfig } from "./config/service-schema.ts";
import { VERSION } from "./version.ts";

/** How every component fares, and what there is: what `Context.host` shows. */
export class StatusBoard implements Host {
  readonly version = VERSION;
  readonly #statuses = new Map<string, ComponentStatus>();
  pipelines: ReadonlyMap<string, PipelineIds> = new Map();
  extensions: readonly string[] = [];
  readonly startedMs: number;
  ready = false;
  readonly #clock: Clock;

  constructor(service: ServiceConfig, clock: Clock) {
    this.#clock = clock;
    this.startedMs = clock.now();
    this.describe(service);
  }

  /** What there is from now on. */
  describe({ pipelines, extensions }: ServiceConfig): void {
    this.pipelines = new Map(Object.entries(pipelines));
    this.extensions = extensions;
    const known = new Set(placesIn({ pipelines, extensions }).map(keyOf));
    for (const key of this.#statuses.keys()) if (!known.has(key)) this.#statuses.delete(key);
  }

  readonly memoryLimitBytes = memoryLimit();

  memoryBytes(): number {
    return process.memoryUsage.rss();
  }

  /** Components of which something is known. */
  entries(): (readonly [ComponentPlace, ComponentStatus])[] {
    return placesIn({ pipelines: Object.fromEntries(this.pipelines), extensions: this.extensions }).flatMap((place) => {
      const status = this.#statuses.get(keyOf(place));
      return status === undefined ? [] : [[place, status] as const];
    });
  }

  statusOf(place: ComponentPlace): ComponentStatus | undefined {
    const own = this.#statuses.get(keyOf(place));
    return own === undefined && place.kind === "receiver" ? this.#statusOfEmitter(place.id) : own;
  }

  set(place: ComponentPlace, status: StatusName, error?: unknown): void {
    const key = keyOf(place);
    const before = this.#statuses.get(key);
    const text = error === undefined ? undefined : errorMessage(error);
    if (before?.status === status && before.error === text) return;
    const sinceMs = before?.status === status ? before.sinceMs : this.#clock.now();
    this.#statuses.set(key, { status, sinceMs, error: text });
  }

  /** A processor that a pipeline names as a receiver: what is wrong in any of its pipelines. */
  #statusOfEmitter(id: string): ComponentStatus | undefined {
    const found = [...this.pipelines].flatMap(([pipeline, { processors }]) => {
      const status = processors.includes(id)
        ? this.#statuses.get(keyOf({ kind: "processor", id, pipeline }))
        : undefined;
      return status === undefined ? [] : [status];
    });
    return found.find(({ status }) => status !== "StatusOK") ?? found[0];
  }
}

interface Described {
  readonly pipelines: Readonly<Record<string, PipelineIds>>;
  readonly extensions: readonly string[];
}

function placesIn({ pipelines, extensions }: Described): ComponentPlace[] {
  const inPipelines = Object.entries(pipelines).flatMap(([pipeline, ids]): ComponentPlace[] => [
    ...ids.receivers.map((id) => ({ kind: "receiver" as const, id, pipeline: undefined })),
    ...ids.processors.map((id) => ({ kind: "processor" as const, id, pipeline })),
    ...ids.exporters.map((id) => ({ kind: "exporter" as const, id, pipeline: undefined })),
  ]);
  return [...extensions.map((id) => ({ kind: "extension" as const, id, pipeline: undefined })), ...inPipelines];
}

/** No part can hold a line feed: ids come from one line of YAML each. */
function keyOf({ kind, id, pipeline }: ComponentPlace): string {
  return `${kind}\n${id}\n${pipeline ?? ""}`;
}

/** Where there is no limit the system says a number beyond the machine's memory, or 0. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
