import type { Alert } from "#core/alert.ts";
import { alertToRecord } from "#core/alert-record.ts";
import type { LogBatch } from "#core/batch.ts";
import type { Clock } from "#core/context.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import type { LogRecord } from "#core/record.ts";
import type { CompiledRule } from "#sigma/compiled-rule.ts";
import { Correlator } from "#sigma/correlator.ts";
import type { LoadedRules } from "#sigma/load-rules.ts";
import { alertOfCorrelation, alertOfMatch } from "./alerts.ts";
import { type Evidence, toEvidence } from "./evidence.ts";
import { Matcher } from "./matcher.ts";
import { toRuleView } from "./record-view.ts";
import { Suppression } from "./suppression.ts";

type Rules = Pick<LoadedRules, "rules" | "correlations">;

/** Records in, alerts out: matches rules, counts matches per key, and raises each finding once. */
export class Detector {
  readonly matcher: Matcher;
  readonly correlator: Correlator<Evidence>;
  readonly suppression: Suppression;
  readonly #clock: Clock;
  readonly #maxGroups: number;
  readonly #correlated: ReadonlySet<string>;

  constructor(rules: Rules, clock: Clock, maxGroups: number, suppression = new Suppression()) {
    this.matcher = new Matcher(rules.rules);
    this.correlator = new Correlator(rules.correlations, { maxGroups });
    this.suppression = suppression;
    this.#correlated = new Set(rules.correlations.flatMap(({ ruleIds }) => ruleIds));
    this.#clock = clock;
    this.#maxGroups = maxGroups;
  }

  /** A detector with other rules that goes on counting where this one is; correlations that changed start anew. */
  withRules(rules: Rules): Detector {
    const next = new Detector(rules, this.#clock, this.#maxGroups, this.suppression);
    next.matcher.evaluated = this.matcher.evaluated;
    next.correlator.restore(JSON.parse(JSON.stringify(this.correlator.snapshot())));
    return next;
  }

  /** The alerts that this batch raises. */
  detect(batch: LogBatch): Alert[] {
    const alerts: Alert[] = [];
    this.matcher.match(batch, (rule, record) => this.#onMatch(rule, record, alerts));
    return alerts;
  }

  #onMatch(rule: CompiledRule, record: LogRecord, alerts: Alert[]): void {
    const view = toRuleView(record);
    const nowUnixNano = this.#clock.nowUnixNano();
    const timeUnixNano = record.timeUnixNano === 0n ? record.observedTimeUnixNano : record.timeUnixNano;
    const timeMs = Number(timeUnixNano / 1000n) / 1000;
    if (rule.alerts && rule.level !== "informational") {
      const key = this.suppression.keyOf(rule, view);
      const count = this.suppression.raise(rule, key, timeMs);
      if (count > 0) alerts.push(alertOfMatch(rule, key, toEvidence(record), count, nowUnixNano));
    }
    if (!this.#correlated.has(rule.id)) return;
    const match = { ruleId: rule.id, timeMs, field: (name: string) => view.field(name), evidence: toEvidence(record) };
    for (const fired of this.correlator.add(match)) alerts.push(alertOfCorrelation(fired, nowUnixNano));
  }
}

/** Alerts as a batch for the alerts pipeline. */
export function toAlertBatch(alerts: readonly Alert[], source: LogBatch): ObjectBatch {
  const resource = { attributes: { ...source.resource.attributes, "tidewatch.component": "detect" } };
  return new ObjectBatch(resource, alerts.map(alertToRecord));
}
