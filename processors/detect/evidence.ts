import { type AlertEntities, ENTITY_ATTRIBUTES } from "#core/alert.ts";
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

/** Entity that an attribute stands for, such as `user` for `user.name`. */
export const ENTITY_OF_FIELD: ReadonlyMap<string, keyof AlertEntities> = new Map(
  Object.entries(ENTITY_ATTRIBUTES).map(([entity, field]) => [field, entity as keyof AlertEntities]),
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

/** The record in one line: message, statement and error, then the fields that nothing else in the alert says. */
function excerptOf(record: LogRecord): string {
  const { attributes } = record;
  const parts: string[] = [];
  const body = toText(record.body);
  if (body !== attributes["db.query.text"]) parts.push(body);
  for (const key of FIRST) if (attributes[key] !== undefined) parts.push(toText(attributes[key]));
  for (const [key, value] of Object.entries(attributes)) {
    if (parts.length >= MAX_PARTS) break;
    const text = toText(value);
    if (text !== "" && !FIRST.includes(key) && !SKIPPED.has(key)) parts.push(`${key}=${text}`);
  }
  const excerpt = parts.join(" | ");
  return excerpt.length <= MAX_EXCERPT ? excerpt : `${excerpt.slice(0, MAX_EXCERPT - 1)}…`;
}

const MAX_PARTS = 16;

/** What people look for first. */
const FIRST = ["db.query.text", "error.message"];

/** Said elsewhere in the alert, or of no help to a reader. */
const SKIPPED = new Set([
  ...Object.values(ENTITY_ATTRIBUTES),
  "client.port",
  "code.file.path",
  "code.line.number",
  "log.file.name",
  "log.file.path",
  "tidb.command",
  "tidb.connInfo",
  "tidb.remote_addr",
  "tidb.schemaVersion",
  "tidb.session_alias",
  "tidb.status",
  "tidb.timestamp",
  "tidb.txn_mode",
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
