import type { LogSource } from "#sigma/compiled-rule.ts";

/** What a record is, as far as log sources tell records apart. */
export interface RecordKind {
  /** `service.name` of the resource. */
  readonly component: string;
  readonly eventName: string | undefined;
}

/** Log source services of `product: tidb`, and which records they take. */
const SERVICES: Record<string, (kind: RecordKind) => boolean> = {
  server: ({ component, eventName }) => component === "tidb" && eventName !== "tidb.slow_query",
  general: ({ eventName }) => eventName === "tidb.general_query",
  slow: ({ eventName }) => eventName === "tidb.slow_query",
  pd: ({ component }) => component === "pd",
  tikv: ({ component }) => component === "tikv",
  tiflash: ({ component }) => component === "tiflash",
  ticdc: ({ component }) => component === "ticdc",
  tiproxy: ({ component }) => component === "tiproxy",
};

/** Whether a rule with this log source is about records of this kind. */
export function takesKind(source: LogSource, kind: RecordKind): boolean {
  if (!isKnownSource(source)) return false;
  return source.service === undefined || SERVICES[source.service]?.(kind) === true;
}

/** Whether there can be records of this log source at all; a rule of another can never fire. */
export function isKnownSource({ category, product, service }: LogSource): boolean {
  if (category !== undefined && category !== "database") return false;
  if (product !== undefined && product !== "tidb") return false;
  return service === undefined || Object.hasOwn(SERVICES, service);
}

export const KNOWN_SERVICES = Object.keys(SERVICES);
