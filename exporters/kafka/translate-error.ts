import { errorMessage, PermanentError, RetryableError } from "#core/errors.ts";

/** Kafka's error types that are about a message; whoever sends it again gets the same answer. */
const MESSAGE_FAULTS = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "INVALID_TIMESTAMP"]);

const MAX_CAUSES = 5;

/** Whose fault a failed send was: a message's, or that of the brokers, the network or the operator. */
export function translateError(error: unknown): PermanentError | RetryableError {
  const type = protocolType(error);
  if (type !== undefined && MESSAGE_FAULTS.has(type)) {
    return new PermanentError(`Kafka refused a message: ${type}`, { cause: error, code: "kafka_refused" });
  }
  return new RetryableError(`Kafka did not take it: ${errorMessage(error)}`, {
    cause: error,
    code: "kafka_unavailable",
  });
}

/** The protocol's name of the error; the client wraps it once for each thing that it tried. */
function protocolType(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth++) {
    if ("type" in current && typeof current.type === "string") return current.type;
    current = current.cause;
  }
  return undefined;
}
