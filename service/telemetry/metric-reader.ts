import { AggregationTemporality, InstrumentType, MetricReader, type ResourceMetrics } from "@opentelemetry/sdk-metrics";

/** Time that a slow disk may take to answer what is observed; the rest is told without it. */
const COLLECT_TIMEOUT_MS = 5000;

/**
 * The only reader of the SDK, whoever asks: with several, the SDK keeps for each what the others have read, without bound
 * for one that never asks.
 */
export class SharedReader extends MetricReader {
  #turn: Promise<unknown> = Promise.resolve();

  constructor() {
    super({
      // A gauge has no sum; cumulative would go on telling of files and components that are gone.
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    });
  }

  /** One after the other: of two at once the second would miss what is observed. */
  async read(): Promise<ResourceMetrics> {
    const reading = this.#turn.then(() => this.collect({ timeoutMillis: COLLECT_TIMEOUT_MS }));
    this.#turn = reading.catch(() => {});
    return (await reading).resourceMetrics;
  }

  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}
