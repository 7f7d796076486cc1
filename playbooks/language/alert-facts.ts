import type { Alert } from "#core/alert.ts";
import type { Value } from "./parse-expression.ts";

/** What playbooks can say about an alert, by the names that follow `alert.`. Every value may be an attacker's. */
export type AlertFacts = Readonly<Record<AlertFactName, Value>>;

export const ALERT_FACT_NAMES = [
  "id",
  "rule_id",
  "rule_name",
  "title",
  "description",
  "reason",
  "severity",
  "tags",
  "count",
  "first_seen",
  "last_seen",
  "user",
  "client_address",
  "database",
  "connection",
  "cluster",
  "instance",
] as const;

type AlertFactName = (typeof ALERT_FACT_NAMES)[number];

const MAX_TEXT = 2000;

/** Plain JSON of an alert, each text cut to a length that is fit to store with a run. */
export function alertFacts(alert: Alert): AlertFacts {
  const { entities } = alert;
  const text = (value: string | undefined): string | null => value?.slice(0, MAX_TEXT) ?? null;
  return {
    id: alert.id,
    rule_id: text(alert.ruleId),
    rule_name: text(alert.ruleName),
    title: text(alert.title),
    description: text(alert.description),
    reason: text(alert.reason),
    severity: alert.severity,
    tags: alert.tags.slice(0, 100).map((tag) => tag.slice(0, 200)),
    count: alert.count,
    first_seen: isoTime(alert.firstSeenUnixNano),
    last_seen: isoTime(alert.lastSeenUnixNano),
    user: text(entities.user),
    client_address: text(entities.clientAddress),
    database: text(entities.database),
    connection: text(entities.connection),
    cluster: text(entities.cluster),
    instance: text(entities.instance),
  };
}

/** Null for a time that no calendar has: the log may claim anything. */
function isoTime(unixNano: bigint): string | null {
  const date = new Date(Number(unixNano / 1_000_000n));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
