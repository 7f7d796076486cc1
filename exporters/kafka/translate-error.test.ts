import assert from "node:assert/strict";
import { test } from "node:test";
import { translateError } from "./translate-error.ts";

function protocolError(type: string): Error {
  return Object.assign(new Error(type), { type, code: 1 });
}

for (const type of ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "INVALID_TIMESTAMP"]) {
  test(`${type} is about a message, however deep it is wrapped`, () => {
    const wrapped = new Error("tried", { cause: new Error("tried again", { cause: protocolError(type) }) });
    assert.equal(translateError(protocolError(type)).code, "kafka_refused");
    assert.equal(translateError(wrapped).name, "PermanentError");
  });
}

for (const type of ["NOT_LEADER_FOR_PARTITION", "TOPIC_AUTHORIZATION_FAILED", "UNKNOWN_TOPIC_OR_PARTITION"]) {
  test(`${type} may pass`, () => {
    assert.equal(translateError(protocolError(type)).name, "RetryableError");
  });
}

test("an error that is its own cause comes to an end", () => {
  const error = new Error("loop");
  error.cause = error;
  assert.equal(translateError(error).name, "RetryableError");
  assert.equal(translateError("text").name, "RetryableError");
});
