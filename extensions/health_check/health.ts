import type { ComponentKind, ComponentStatus, Host } from "#core/status.ts";

/** Which errors make the whole unhealthy. */
export interface HealthRules {
  readonly include_permanent_errors: boolean;
  readonly include_recoverable_errors: boolean;
  /** Milliseconds that a recoverable error may last. */
  readonly recovery_duration: number;
}

/** Status of a part and of the parts in it, as the collector's health check writes it. */
interface PartStatus {
  readonly healthy: boolean;
  readonly status: string;
  readonly error?: string;
  readonly status_time?: string;
  readonly components?: Readonly<Record<string, PartStatus>>;
}

/** Worst first: what of several parts the whole shows. */
const ORDER = [
  "StatusPermanentError",
  "StatusRecoverableError",
  "StatusStopping",
  "StatusStopped",
  "StatusStarting",
  "StatusOK",
];

/** Status of everything, or of one pipeline; undefined when there is no such pipeline. */
export function healthOf(host: Host, rules: HealthRules, nowMs: number, pipeline?: string): PartStatus | undefined {
  const partOf = (kind: ComponentKind, id: string, within?: string): PartStatus => {
    const known = host.statusOf({ kind, id, pipeline: kind === "processor" ? within : undefined });
    if (known === undefined) return { healthy: false, status: "StatusStarting" };
    return {
      healthy: isHealthy(known, rules, nowMs),
      status: known.status,
      ...(known.error === undefined ? {} : { error: known.error }),
      status_time: new Date(known.sinceMs).toISOString(),
    };
  };
  const whole = (components: Readonly<Record<string, PartStatus>>): PartStatus => {
    const parts = Object.values(components);
    const worst = parts.toSorted((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status))[0];
    return {
      healthy: parts.every(({ healthy }) => healthy),
      status: worst?.status ?? "StatusOK",
      ...(worst?.error === undefined ? {} : { error: worst.error }),
      components,
    };
  };
  const pipelines = [...host.pipelines].map(([name, { receivers, processors, exporters }]): [string, PartStatus] => {
    const kinds = [
      ["receiver", receivers],
      ["processor", processors],
      ["exporter", exporters],
    ] as const;
    const parts = kinds.flatMap(([kind, ids]) =>
      ids.map((id): [string, PartStatus] => [`${kind}:${id}`, partOf(kind, id, name)]),
    );
    return [`pipeline:${name}`, whole(Object.fromEntries(parts))];
  });
  const extensions = host.extensions.map((id): [string, PartStatus] => [`extension:${id}`, partOf("extension", id)]);
  if (pipeline !== undefined) return Object.fromEntries(pipelines)[`pipeline:${pipeline}`];
  return whole(Object.fromEntries([...pipelines, ["extensions", whole(Object.fromEntries(extensions))]]));
}

function isHealthy({ status, sinceMs }: ComponentStatus, rules: HealthRules, nowMs: number): boolean {
  if (status === "StatusPermanentError") return !rules.include_permanent_errors;
  if (status === "StatusRecoverableError")
    return !rules.include_recoverable_errors || nowMs - sinceMs < rules.recovery_duration;
  return status === "StatusOK";
}
