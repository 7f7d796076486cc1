import type {
  Attributes,
  BatchObservableCallback,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MetricOptions,
  Observable,
  ObservableCallback,
  UpDownCounter,
} from "@opentelemetry/api";

/**
 * The meter of one component. What it observes is asked for only while the component runs, so that one that was exchanged
 * or never started leaves no series; counters stay, because sums must not go back.
 */
export class ComponentMeter implements Meter {
  readonly #meter: Meter;
  /** Added to what is observed: two instances with the same id must not overwrite each other. */
  readonly #attributes: Attributes;
  readonly #attached: Attachment[] = [];
  #running = false;

  constructor(meter: Meter, attributes: Attributes) {
    this.#meter = meter;
    this.#attributes = attributes;
  }

  /** The component starts. */
  attach(): void {
    if (this.#running) return;
    this.#running = true;
    for (const { add } of this.#attached) add();
  }

  /** The component has stopped. */
  detach(): void {
    if (!this.#running) return;
    this.#running = false;
    for (const { remove } of this.#attached) remove();
  }

  createCounter(name: string, options?: MetricOptions): Counter {
    return this.#meter.createCounter(name, options);
  }

  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter {
    return this.#meter.createUpDownCounter(name, options);
  }

  createGauge(name: string, options?: MetricOptions): Gauge {
    return this.#meter.createGauge(name, options);
  }

  createHistogram(name: string, options?: MetricOptions): Histogram {
    return this.#meter.createHistogram(name, options);
  }

  createObservableCounter(name: string, options?: MetricOptions): Observable {
    return this.#observable(this.#meter.createObservableCounter(name, options));
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): Observable {
    return this.#observable(this.#meter.createObservableUpDownCounter(name, options));
  }

  createObservableGauge(name: string, options?: MetricOptions): Observable {
    return this.#observable(this.#meter.createObservableGauge(name, options));
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    const real = observables.map(realOf);
    const labelled: BatchObservableCallback = (result) =>
      callback({
        observe: (observable, value, attributes) =>
          result.observe(realOf(observable), value, { ...this.#attributes, ...attributes }),
      });
    this.#attachment(callback, {
      add: () => this.#meter.addBatchObservableCallback(labelled, real),
      remove: () => this.#meter.removeBatchObservableCallback(labelled, real),
    });
  }

  removeBatchObservableCallback(callback: BatchObservableCallback): void {
    this.#remove(callback);
  }

  #observable(real: Observable): Observable {
    const wrapped: WrappedObservable = {
      real,
      addCallback: (callback: ObservableCallback) => {
        const labelled: ObservableCallback = (result) =>
          callback({
            observe: (value, attributes) => result.observe(value, { ...this.#attributes, ...attributes }),
          });
        this.#attachment(callback, {
          add: () => real.addCallback(labelled),
          remove: () => real.removeCallback(labelled),
        });
      },
      removeCallback: (callback) => this.#remove(callback),
    };
    return wrapped;
  }

  #attachment(callback: unknown, { add, remove }: { add: () => void; remove: () => void }): void {
    this.#attached.push({ callback, add, remove });
    if (this.#running) add();
  }

  #remove(callback: unknown): void {
    const at = this.#attached.findIndex((attachment) => attachment.callback === callback);
    const [attachment] = at < 0 ? [] : this.#attached.splice(at, 1);
    if (this.#running) attachment?.remove();
  }
}

interface Attachment {
  readonly callback: unknown;
  readonly add: () => void;
  readonly remove: () => void;
}

interface WrappedObservable extends Observable {
  readonly real: Observable;
}

/** The SDK takes only its own instruments. */
function realOf(observable: Observable): Observable {
  return (observable as WrappedObservable).real;
}
