import assert from "node:assert/strict";
import { test } from "node:test";
import { PermanentError, RetryableError } from "#core/errors.ts";
import { isServerError, translateError } from "./translate-error.ts";

function serverError(errno: number, fatal = false): Error {
  return Object.assign(new Error("said the server"), { errno, sqlState: "HY000", fatal });
}

for (const errno of [1044, 1064, 1142, 1227, 1396]) {
  test(`server error ${errno} is final`, () => {
    assert.ok(translateError(serverError(errno)) instanceof PermanentError);
  });
}

for (const errno of [1040, 1045, 1105, 1205, 3118, 8027, 9002, 9005]) {
  test(`server error ${errno} may pass`, () => {
    assert.ok(translateError(serverError(errno)) instanceof RetryableError);
  });
}

test("what is no answer of the server ends the session", () => {
  assert.equal(isServerError(serverError(1227)), true);
  assert.equal(isServerError(serverError(1045, true)), false);
  assert.equal(isServerError(Object.assign(new Error("reset"), { code: "ECONNRESET", errno: -104 })), false);
  assert.equal(isServerError("text"), false);
});

test("an error that is translated already stays as it is", () => {
  const error = new PermanentError("no");
  assert.equal(translateError(error), error);
});
