import type { AlertEntities } from "#core/alert.ts";
import { toText } from "#core/attributes.ts";
import type { LogRecord } from "#core/record.ts";

/** What an alert keeps of a record: copies, as JSON data, because windows and snapshots outlive the batch. */
export interface Evidence {
  /** Decimal text of unix nanoseconds. */
  readonly time: string;
  readonly excerpt: string;
  readonly file?: string;
  readonly entities: AlertEntities;
}

const MAX_EXCERPT = 512;

/** Attributes that say whom a record is about. */
const ENTITY_FIELDS = {
  user: "user.name",
  clientAddress: "client.address",
  database: "db.namespace",
  connection: "tidb.conn",
  cluster: "tidb.cluster",
  instance: "service.instance.id",
} as const satisfies Record<keyof AlertEntities, string>;

/** Entity that an attribute stands for, such as `user` for `user.name`. */
export const ENTITY_OF_FIELD: ReadonlyMap<string, keyof AlertEntities> = new Map(
  Object.entries(ENTITY_FIELDS).map(([entity, field]) => [field, entity as keyof AlertEntities]),
);

export function toEvidence(record: LogRecord): Evidence {
  const time = record.timeUnixNano === 0n ? record.observedTimeUnixNano : record.timeUnixNano;
  const file = record.attribute("log.file.path");
  const entities: Partial<Record<keyof AlertEntities, string>> = {};
  for (const [field, entity] of ENTITY_OF_FIELD) {
    const value = record.attribute(field) ?? record.resource.attributes[field];
    if (typeof value === "string" && value !== "") entities[entity] = value;
  }
  return {
    time: time.toString(),
    excerpt: excerptOf(record),
    ...(typeof file === "string" ? { file } : {}),
    entities,
  };
}

/** The record in one line, as people know it from the log: message, then fields. */
function excerptOf(record: LogRecord): string {
  const parts = [toText(record.body)];
  for (const [key, value] of Object.entries(record.attributes)) {
    if (!SKIPPED.has(key)) parts.push(`${key}=${toText(value)}`);
    if (parts.length > 24) break;
  }
  const text = parts.join(" ");
  return text.length <= MAX_EXCERPT ? text : `${text.slice(0, MAX_EXCERPT - 1)}…`;
}

/** Said elsewhere in the alert, or of no help to a reader. */
const SKIPPED = new Set([
  "code.file.path",
  "code.line.number",
  "log.file.name",
  "log.file.path",
  "tidb.session_alias",
  "tidb.txn_mode",
  "tidb.timestamp",
  "tidb.status",
  "user.name",
  "client.address",
  "client.port",
]);

/** Entities on which all pieces of evidence agree. */
export function commonEntities(evidence: readonly Evidence[]): AlertEntities {
  const [first, ...rest] = evidence;
  const common: Partial<Record<keyof AlertEntities, string>> = { ...first?.entities };
  for (const { entities } of rest) {
    for (const entity of Object.keys(common) as (keyof AlertEntities)[]) {
      if (entities[entity] !== common[entity]) delete common[entity];
    }
  }
  return common;
}
