import { EvaluationError } from "./evaluation-error.ts";
import { MAX_TEXT } from "./limits.ts";

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
