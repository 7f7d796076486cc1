import { TidewatchError } from "#core/errors.ts";

/**
 * A statement could not be carried out on one record. The message names types and positions, never the record's own
 * text, so it is safe to log and there are few different ones.
 */
export class EvaluationError extends TidewatchError {
  override readonly name = "EvaluationError";

  constructor(message: string) {
    super(message, { code: "ottl" });
  }
}
