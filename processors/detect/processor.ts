import type { Counter } from "@opentelemetry/api";
import type { LogBatch } from "#core/batch.ts";
import type { Processor } from "#core/component.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import { ConfigError } from "#core/errors.ts";
import { Snapshot, type SnapshotSettings } from "#kit/snapshot.ts";
import { type LoadedRules, loadRules } from "#sigma/load-rules.ts";
import { Detector, toAlertBatch } from "./detector.ts";
import { isKnownSource, KNOWN_SERVICES } from "./log-sources.ts";
import { readRules } from "./read-rules.ts";

interface Settings extends SnapshotSettings {
  readonly rules: readonly string[];
  readonly strict: boolean;
  readonly max_groups: number;
}

/** Passes records on unchanged and emits what the rules found in them. A batch is safe when its alerts are, too. */
export class DetectProcessor implements Processor {
  readonly #settings: Settings;
  readonly #context: Context;
  readonly #next: Consumer;
  readonly #emitted: Consumer;
  readonly #alerts: Counter;
  #detector: Detector | undefined;
  #snapshot: Snapshot | undefined;

  constructor(settings: Settings, context: Context, next: Consumer, emitted: Consumer) {
    this.#settings = settings;
    this.#context = context;
    this.#next = next;
    this.#emitted = emitted;
    this.#alerts = context.meter.createCounter("tidewatch_detect_alerts", { description: "Alerts raised, by rule." });
  }

  async start(): Promise<void> {
    const loaded = await this.#load();
    const detector = new Detector(loaded, this.#context.clock, this.#settings.max_groups);
    this.#detector = detector;
    this.#observe();
    this.#snapshot = new Snapshot(
      {
        save: () => this.#detector?.correlator.snapshot(),
        restore: (saved) => {
          const restored = detector.correlator.restore(saved);
          return typeof restored === "string" ? restored : undefined;
        },
      },
      this.#settings,
      this.#context,
    );
    await this.#snapshot.start();
  }

  /** Reads the rules again; what was counted and what was raised already is kept. */
  async reload(): Promise<void> {
    const before = this.#detector;
    if (before === undefined) return;
    this.#detector = before.withRules(await this.#load());
  }

  async consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const alerts = this.#detector?.detect(batch) ?? [];
    if (alerts.length === 0) return this.#next.consume(batch, signal);
    for (const { ruleName, severity } of alerts)
      this.#alerts.add(1, { processor: this.#context.id, rule: ruleName, severity });
    // Both have ended before this does: nobody reads the batch any more when its sender may use its bytes again.
    const outcomes = await Promise.allSettled([
      this.#next.consume(batch, signal),
      this.#emitted.consume(toAlertBatch(alerts, batch), signal),
    ]);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  async shutdown(): Promise<void> {
    await this.#snapshot?.stop();
  }

  /** Reads the rules and tells what is wrong with them. @throws ConfigError when that must not be (`strict`). */
  async #load(): Promise<LoadedRules> {
    const loaded = loadRules(await readRules(this.#settings.rules));
    const { log } = this.#context;
    const errors = loaded.problems.filter(({ severity }) => severity === "error");
    if (this.#settings.strict && errors.length > 0) {
      throw new ConfigError(
        errors.map(({ file, line, column, message }) => ({
          path: ["rules"],
          message: `${file}:${line}:${column}: ${message}`,
        })),
      );
    }
    for (const { file, line, column, message, suggestion, severity } of loaded.problems) {
      const fields = {
        file,
        line,
        column,
        problem: message,
        ...(suggestion === undefined ? {} : { did_you_mean: suggestion }),
      };
      if (severity === "error") log.error(fields, "rule cannot be loaded, going on without it");
      else log.warn(fields, "rule has a weakness");
    }
    for (const rule of loaded.rules) {
      if (isKnownSource(rule.logsource)) continue;
      log.warn(
        { rule: rule.name, file: rule.file, line: rule.line, services: KNOWN_SERVICES.join(" ") },
        "rule can never fire, nothing here has its log source",
      );
    }
    const always = loaded.rules.filter(({ witness }) => witness === undefined).length;
    log.info(
      { rules: loaded.rules.length, correlations: loaded.correlations.length, evaluated_always: always },
      "rules are loaded",
    );
    return loaded;
  }

  #observe(): void {
    const { meter, id } = this.#context;
    const labels = { processor: id };
    const watch = (name: string, description: string, read: (detector: Detector) => number): void => {
      meter.createObservableCounter(name, { description }).addCallback((result) => {
        if (this.#detector !== undefined) result.observe(read(this.#detector), labels);
      });
    };
    watch(
      "tidewatch_detect_evaluated",
      "Rules evaluated against a record that the prefilter named.",
      (detector) => detector.matcher.evaluated,
    );
    watch(
      "tidewatch_detect_held_back",
      "Findings held back because the same one was raised before.",
      (detector) => detector.suppression.heldBack,
    );
    watch(
      "tidewatch_detect_evicted_findings",
      "Findings forgotten for want of room.",
      (detector) => detector.suppression.evicted,
    );
    watch(
      "tidewatch_detect_evicted_groups",
      "Correlation groups dropped because of max_groups.",
      (detector) => detector.correlator.counts.evictedGroups,
    );
    watch(
      "tidewatch_detect_late_matches",
      "Matches that came too late to be counted.",
      (detector) => detector.correlator.counts.lateMatches,
    );
    watch(
      "tidewatch_detect_keyless_matches",
      "Matches without a field that their correlation groups by.",
      (detector) => detector.correlator.counts.keylessMatches,
    );
    meter
      .createObservableGauge("tidewatch_detect_groups", { description: "Correlation groups held now." })
      .addCallback((result) => result.observe(this.#detector?.correlator.counts.groups ?? 0, labels));
  }
}
