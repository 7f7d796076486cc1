import type { Counter } from "@opentelemetry/api";
import { readerOf } from "#core/attribute-draft.ts";
import type { LogBatch } from "#core/batch.ts";
import type { Processor } from "#core/component.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Clock, Context } from "#core/context.ts";
import { EMPTY_ATTRIBUTES } from "#core/attributes.ts";
import { PermanentError } from "#core/errors.ts";
import { emptyRecord } from "#core/object-batch.ts";
import type { LogRecord } from "#core/record.ts";
import { FailureLog } from "#kit/failure-log.ts";
import { EvaluationError } from "#ottl/evaluation-error.ts";
import type { Frame } from "#ottl/frame.ts";
import type { DropRule, DropRules } from "./rules.ts";

type Verdict = "keep" | "drop" | EvaluationError;

/** Drops records, counted; a batch of which all stay passes on as it is. */
export class FilterProcessor implements Processor {
  readonly #rules: DropRules;
  readonly #context: Context;
  readonly #next: Consumer;
  readonly #filtered: Counter;
  readonly #failures: FailureLog;

  constructor(rules: DropRules, context: Context, next: Consumer) {
    this.#rules = rules;
    this.#context = context;
    this.#next = next;
    // The collector's name and label; its dot is an underscore in Prometheus.
    this.#filtered = context.meter.createCounter("otelcol_processor_filter_logs.filtered", {
      description: "Records dropped by the filter processor.",
    });
    this.#failures = new FailureLog(context, "condition failed on a record, going on without it", {
      name: "tidewatch_filter_failed_conditions",
      description: "Conditions that could not be decided on a record.",
    });
  }

  async consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const frame = new BatchFrame(batch, this.#context.clock);
    const shared = this.#judge(this.#rules.shared, frame);
    if (shared === "drop") return this.#count(batch.size);
    if (shared !== "keep") return this.#context.reject(batch, asReason(shared));
    if (this.#rules.perRecord.length === 0) return this.#next.consume(batch, signal);
    const kept: number[] = [];
    const failed = new Map<string, number[]>();
    let i = 0;
    for (const record of batch) {
      frame.record = record;
      const verdict = this.#judge(this.#rules.perRecord, frame);
      if (verdict === "keep") kept.push(i);
      else if (verdict !== "drop") failed.set(verdict.message, [...(failed.get(verdict.message) ?? []), i]);
      i++;
    }
    for (const [message, indexes] of failed) {
      await this.#context.reject(batch.select(indexes), asReason(new EvaluationError(message)));
    }
    const rejected = [...failed.values()].reduce((sum, indexes) => sum + indexes.length, 0);
    if (kept.length === batch.size) return this.#next.consume(batch, signal);
    if (kept.length > 0) await this.#next.consume(batch.select(kept), signal);
    // Not before: what is handed back comes again, and would be counted again.
    this.#count(batch.size - kept.length - rejected);
  }

  #judge(rules: readonly DropRule[], frame: Frame): Verdict {
    for (const { test, place, errorMode } of rules) {
      try {
        if (test(frame)) return "drop";
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        if (errorMode === "propagate") return error;
        this.#failures.failed(place, error, { silent: errorMode === "silent" });
      }
    }
    return "keep";
  }

  #count(records: number): void {
    if (records > 0) this.#filtered.add(records, { filter: this.#context.id });
  }
}

/** One frame for all records of a batch: they are looked at one after the other. */
class BatchFrame implements Frame {
  record: LogRecord;
  readonly resource;
  readonly cache = readerOf(EMPTY_ATTRIBUTES);
  readonly #clock: Clock;

  constructor(batch: LogBatch, clock: Clock) {
    this.record = emptyRecord(batch.resource);
    this.resource = readerOf(batch.resource.attributes);
    this.#clock = clock;
  }

  nowUnixNano(): bigint {
    return this.#clock.nowUnixNano();
  }

  monotonicMs(): number {
    return this.#clock.monotonic();
  }
}

function asReason(error: EvaluationError): PermanentError {
  return new PermanentError(`a filter condition failed: ${error.message}`, { cause: error, code: "ottl" });
}
