import type { Counter } from "@opentelemetry/api";
import type { Context } from "#core/context.ts";
import { errorMessage } from "#core/errors.ts";

const INTERVAL_MS = 60_000;

/**
 * Tells of failures that can happen on every record, because strangers write records: each is counted, and of each
 * place one line is written a minute at most.
 */
export class FailureLog {
  readonly #context: Context;
  readonly #sentence: string;
  readonly #counter: Counter;
  readonly #told = new Map<string, { at: number; since: number }>();

  constructor(context: Context, sentence: string, counter: { readonly name: string; readonly description: string }) {
    this.#context = context;
    this.#sentence = sentence;
    this.#counter = context.meter.createCounter(counter.name, { description: counter.description });
  }

  /** `place` names what failed; it comes from the configuration, so there are few. */
  failed(place: string, error: unknown, { silent }: { readonly silent: boolean }): void {
    this.#counter.add(1, { processor: this.#context.id, place });
    if (silent) return;
    const now = this.#context.clock.monotonic();
    const last = this.#told.get(place);
    if (last !== undefined && now - last.at < INTERVAL_MS) {
      last.since++;
      return;
    }
    this.#told.set(place, { at: now, since: 0 });
    this.#context.log.warn(
      { place, error: errorMessage(error), failures_not_logged: last?.since ?? 0 },
      this.#sentence,
    );
  }
}
