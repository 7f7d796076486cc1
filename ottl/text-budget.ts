import { EvaluationError } from "./evaluation-error.ts";
import type { Frame } from "./frame.ts";
import { MAX_CALL_MS, MAX_TEXT } from "./limits.ts";

/** How much text one function call may still make: a record's text must not grow without limit. */
export class TextBudget {
  #left = MAX_TEXT;

  /** @throws EvaluationError when the call has made more than MAX_TEXT. */
  spend(text: string): string {
    this.#left -= text.length;
    if (this.#left < 0) throw new EvaluationError(`the result is longer than ${MAX_TEXT} characters`);
    return text;
  }
}

/**
 * A limit on a call's time. One search is linear in the text, but finding all matches is not, even with RE2: an
 * expression that looks far ahead of each short match takes time that grows with the square of the text.
 */
export class TimeBudget {
  readonly #frame: Frame;
  readonly #end: number;

  constructor(frame: Frame) {
    this.#frame = frame;
    this.#end = frame.monotonicMs() + MAX_CALL_MS;
  }

  /** @throws EvaluationError when the time is over. */
  check(): void {
    if (this.#frame.monotonicMs() > this.#end) throw new EvaluationError(`replacing takes more than ${MAX_CALL_MS} ms`);
  }
}
