import { createHash } from "node:crypto";
import type { Alert, AlertEntities } from "#core/alert.ts";
import type { CorrelationFired } from "#sigma/correlator.ts";
import type { RuleMetadata } from "#sigma/rule-metadata.ts";
import { commonEntities, ENTITY_OF_FIELD, type Evidence } from "./evidence.ts";

/** The alert for one record that matched a rule, or several that were counted as one finding. */
export function alertOfMatch(
  rule: RuleMetadata,
  dedupKey: string,
  evidence: Evidence,
  count: number,
  nowUnixNano: bigint,
): Alert {
  const time = BigInt(evidence.time);
  const again = count > 1 ? ` (${count - 1} more like it before were not raised)` : "";
  return {
    ...describe(rule),
    id: alertId(rule.id, dedupKey, time),
    dedupKey,
    reason: `${evidence.excerpt.slice(0, 300)}${again}`,
    count,
    firstSeenUnixNano: time,
    lastSeenUnixNano: time,
    detectedUnixNano: nowUnixNano,
    entities: evidence.entities,
    evidence: [toAlertEvidence(evidence)],
  };
}

/** The alert for a correlation that fired. */
export function alertOfCorrelation(fired: CorrelationFired<Evidence>, nowUnixNano: bigint): Alert {
  const { rule, group, evidence } = fired;
  const dedupKey = JSON.stringify(Object.entries(group));
  const first = toUnixNano(fired.firstMs);
  return {
    ...describe(rule),
    id: alertId(rule.id, dedupKey, first),
    dedupKey,
    reason: reasonOf(fired),
    count: fired.total,
    firstSeenUnixNano: first,
    lastSeenUnixNano: toUnixNano(fired.lastMs),
    detectedUnixNano: nowUnixNano,
    entities: { ...commonEntities(evidence), ...groupEntities(group) },
    evidence: evidence.map(toAlertEvidence),
  };
}

function describe(
  rule: RuleMetadata,
): Pick<Alert, "ruleId" | "ruleName" | "title" | "description" | "severity" | "tags" | "falsePositives"> {
  return {
    ruleId: rule.id,
    ruleName: rule.name,
    title: rule.title,
    description: rule.description,
    severity: rule.level,
    tags: rule.tags,
    falsePositives: rule.falsepositives,
  };
}

/** `12 events within 48s, user.name=app, client.address=203.0.113.9`, and the distinct values where they were counted. */
function reasonOf({ rule, group, count, values, firstMs, lastMs }: CorrelationFired<Evidence>): string {
  const what = rule.valueFields.length === 0 ? `${count} events` : `${count} different ${rule.valueFields.join(", ")}`;
  const seconds = Math.ceil((lastMs - firstMs) / 1000);
  const who = Object.entries(group).map(([name, value]) => `, ${name}=${value}`);
  const which = values.length === 0 ? "" : `: ${values.slice(0, 10).join(", ")}${values.length > 10 ? ", …" : ""}`;
  return `${what} within ${seconds}s${who.join("")}${which}`;
}

function groupEntities(group: Readonly<Record<string, string>>): AlertEntities {
  const entities: Partial<Record<keyof AlertEntities, string>> = {};
  for (const [field, value] of Object.entries(group)) {
    const entity = ENTITY_OF_FIELD.get(field);
    if (entity !== undefined) entities[entity] = value;
  }
  return entities;
}

/** The same for the same rule, key and first event, on every machine and in every replay. */
function alertId(ruleId: string, dedupKey: string, firstUnixNano: bigint): string {
  return createHash("sha256").update(`${ruleId}\0${dedupKey}\0${firstUnixNano}`).digest("hex").slice(0, 32);
}

function toAlertEvidence({ time, excerpt, file }: Evidence): Alert["evidence"][number] {
  return { timeUnixNano: BigInt(time), excerpt, ...(file === undefined ? {} : { file }) };
}

function toUnixNano(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}
