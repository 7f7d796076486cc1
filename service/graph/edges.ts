import type { Attributes, Counter, Meter } from "@opentelemetry/api";
import type { Exporter, Receiver } from "#core/component.ts";
import type { LogBatch } from "#core/batch.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import type { ComponentPlace } from "#core/status.ts";
import { errorMessage, PermanentError, RetryableError } from "#core/errors.ts";

/** Counters that the collector has for every component; authors write none of these. */
export class EdgeCounters {
  readonly accepted: Counter;
  readonly refused: Counter;
  readonly incoming: Counter;
  readonly outgoing: Counter;
  readonly sent: Counter;
  readonly sendFailed: Counter;

  constructor(meter: Meter) {
    this.accepted = meter.createCounter("otelcol_receiver_accepted_log_records", {
      description: "Records taken in and safe.",
    });
    this.refused = meter.createCounter("otelcol_receiver_refused_log_records", {
      description: "Records that the pipeline did not take; the receiver keeps them.",
    });
    this.incoming = meter.createCounter("otelcol_processor_incoming_items", {
      description: "Records that reached a processor.",
    });
    this.outgoing = meter.createCounter("otelcol_processor_outgoing_items", {
      description: "Records that left a processor.",
    });
    this.sent = meter.createCounter("otelcol_exporter_sent_log_records", {
      description: "Records delivered.",
    });
    this.sendFailed = meter.createCounter("otelcol_exporter_send_failed_log_records", {
      description: "Records in attempts to send that failed, each attempt anew.",
    });
  }

  /** A component has started: its series begin at zero, so that its silence and its first failure can be seen. */
  announce({ kind, id }: ComponentPlace, { transport }: Pick<Receiver, "transport">): void {
    if (kind === "receiver") this.accepted.add(0, receiverLabels(id, transport));
    if (kind !== "exporter") return;
    this.sent.add(0, { exporter: id });
    this.sendFailed.add(0, { exporter: id });
  }
}

/**
 * The edge behind a receiver: the last place where a failure is sorted. What may be retried goes back to the receiver;
 * anything else is bad data or a bug of ours, and no batch may block a source for ever: it is set aside, loudly.
 */
export function receiverEdge(
  next: Consumer,
  context: Context,
  counters: EdgeCounters,
  transportOf: () => string | undefined,
): Consumer {
  const labels = (): Attributes => receiverLabels(context.id, transportOf());
  return {
    async consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
      try {
        await next.consume(batch, signal);
      } catch (error) {
        if (signal.aborted || error instanceof RetryableError) {
          counters.refused.add(batch.size, labels());
          throw error;
        }
        context.log.error({ error, records: batch.size }, "pipeline failed on a batch, setting it aside");
        await context.reject(
          batch,
          new PermanentError(`pipeline failed: ${errorMessage(error)}`, { cause: error, code: "pipeline" }),
        );
      }
      counters.accepted.add(batch.size, labels());
    },
  };
}

function receiverLabels(receiver: string, transport: string | undefined): Attributes {
  return transport === undefined ? { receiver } : { receiver, transport };
}

/** Counts what goes into a processor. */
export function processorEdge(processor: Consumer, id: string, counters: EdgeCounters): Consumer {
  const labels = { processor: id, "otel.signal": "logs" };
  return {
    consume(batch, signal) {
      counters.incoming.add(batch.size, labels);
      return processor.consume(batch, signal);
    },
  };
}

/** Counts what a processor passes on. */
export function afterProcessor(next: Consumer, id: string, counters: EdgeCounters): Consumer {
  const labels = { processor: id, "otel.signal": "logs" };
  return {
    consume(batch, signal) {
      counters.outgoing.add(batch.size, labels);
      return batch.size === 0 ? Promise.resolve() : next.consume(batch, signal);
    },
  };
}

/** Counts what an exporter delivered or handed back, unless it does so itself. */
export function exporterEdge(exporter: Exporter, id: string, counters: EdgeCounters): Consumer {
  if (exporter.countsSent === true) return exporter;
  const labels = { exporter: id };
  return {
    async consume(batch, signal) {
      try {
        await exporter.consume(batch, signal);
      } catch (error) {
        counters.sendFailed.add(batch.size, labels);
        throw error;
      }
      counters.sent.add(batch.size, labels);
    },
  };
}

/** Hands each batch to all branches and waits for all; fails, as retryable, when any fails. */
export function fanOut(branches: readonly Consumer[]): Consumer {
  if (branches.length === 1) return branches[0] as Consumer;
  return {
    async consume(batch, signal) {
      const outcomes = await Promise.allSettled(branches.map((branch) => branch.consume(batch, signal)));
      const failures = outcomes.flatMap((outcome) =>
        outcome.status === "rejected" ? [outcome.reason as unknown] : [],
      );
      if (failures.length === 0) return;
      const fatal = failures.find((failure) => !(failure instanceof RetryableError));
      throw fatal ?? failures[0];
    },
  };
}
