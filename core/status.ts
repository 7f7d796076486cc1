/** State of one component, as the collector's component status has it. */
export type StatusName =
  | "StatusStarting"
  | "StatusOK"
  | "StatusRecoverableError"
  | "StatusPermanentError"
  | "StatusStopping"
  | "StatusStopped";

export interface ComponentStatus {
  readonly status: StatusName;
  /** Unix milliseconds. */
  readonly sinceMs: number;
  /** What is wrong; undefined when nothing is. */
  readonly error: string | undefined;
}

export type ComponentKind = "receiver" | "processor" | "exporter" | "extension";

/** Tells components apart: ids alone do not, and a processor stands in each pipeline that names it. */
export interface ComponentPlace {
  readonly kind: ComponentKind;
  readonly id: string;
  /** Of a processor; undefined for all others. */
  readonly pipeline: string | undefined;
}

/** A pipeline as it was configured: ids only. */
export interface PipelineIds {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** What a component may know of the service that runs it. */
export interface Host {
  /** Everything is started, and stopping has not begun. */
  readonly ready: boolean;
  /** Unix milliseconds at which the service was started. */
  readonly startedMs: number;
  readonly version: string;
  /** How a component fares; undefined when there is no such component or nothing is known of it yet. */
  statusOf(place: ComponentPlace): ComponentStatus | undefined;
  readonly pipelines: ReadonlyMap<string, PipelineIds>;
  readonly extensions: readonly string[];
  /** Resident memory of the process now, in bytes. */
  memoryBytes(): number;
  /** What the process may use: the container's limit, or all memory of the machine. */
  readonly memoryLimitBytes: number;
}
