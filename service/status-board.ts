import { totalmem } from "node:os";
import type { Clock } from "#core/context.ts";
import { errorMessage } from "#core/errors.ts";
import type { ComponentStatus, Host, PipelineIds, StatusName } from "#core/status.ts";
import type { ServiceConfig } from "./config/service-schema.ts";
import { VERSION } from "./version.ts";

/** How every component fares, and what there is: what `Context.host` shows. */
export class StatusBoard implements Host {
  readonly version = VERSION;
  readonly statuses = new Map<string, ComponentStatus>();
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
    const all = Object.values(pipelines).flatMap((ids) => [...ids.receivers, ...ids.processors, ...ids.exporters]);
    const known = new Set([...extensions, ...all]);
    for (const id of this.statuses.keys()) if (!known.has(id)) this.statuses.delete(id);
  }

  readonly memoryLimitBytes = memoryLimit();

  memoryBytes(): number {
    return process.memoryUsage.rss();
  }

  set(id: string, status: StatusName, error?: unknown): void {
    const before = this.statuses.get(id);
    const text = error === undefined ? undefined : errorMessage(error);
    if (before?.status === status && before.error === text) return;
    const sinceMs = before?.status === status ? before.sinceMs : this.#clock.now();
    this.statuses.set(id, { status, sinceMs, error: text });
  }
}

/** Where there is no limit the system says a number beyond the machine's memory, or 0. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
