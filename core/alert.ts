/** `event_name` of alerts. */
export const ALERT_EVENT = "tidewatch.alert";

export const ALERT_SEVERITIES = ["informational", "low", "medium", "high", "critical"] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** One line of log that made the alert: where it stands and how it begins. */
interface AlertEvidence {
  readonly timeUnixNano: bigint;
  /** The line, cut to 512 characters; attacker-written. */
  readonly excerpt: string;
  /** `log.file.path` of the line, when it came from a file. */
  readonly file?: string;
}

/** Whom and what the alert is about; every value may have been chosen by an attacker. */
export interface AlertEntities {
  readonly user?: string;
  readonly clientAddress?: string;
  readonly database?: string;
  /** TiDB connection id, decimal text (up to 64 bits). */
  readonly connection?: string;
  readonly cluster?: string;
  readonly instance?: string;
}

/**
 * A finding. Travels the alerts pipeline as an ordinary log record (`event_name: tidewatch.alert`); the fields follow
 * one schema, and SIEM formats are mappings of it in the exporters.
 */
export interface Alert {
  /** Deterministic over rule, key and window start: the same log replayed gives the same id. */
  readonly id: string;
  /** What later findings about the same thing share. */
  readonly dedupKey: string;
  readonly ruleId: string;
  /** Stable dotted name such as `auth.bruteforce`; playbooks trigger on it. */
  readonly ruleName: string;
  readonly title: string;
  readonly description: string;
  /** Why it fired, with the numbers; plain text. */
  readonly reason: string;
  readonly severity: AlertSeverity;
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  /** Events in the window that fired it. */
  readonly count: number;
  readonly firstSeenUnixNano: bigint;
  readonly lastSeenUnixNano: bigint;
  readonly detectedUnixNano: bigint;
  readonly entities: AlertEntities;
  /** The latest lines, at most 20. */
  readonly evidence: readonly AlertEvidence[];
}

/** Attribute that carries an entity, in alerts and in the records that they are about. */
export const ENTITY_ATTRIBUTES = {
  user: "user.name",
  clientAddress: "client.address",
  database: "db.namespace",
  connection: "tidb.conn",
  cluster: "tidb.cluster",
  instance: "service.instance.id",
} as const satisfies Record<keyof AlertEntities, string>;
