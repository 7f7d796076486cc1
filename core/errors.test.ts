import assert from "node:assert/strict";
import { test } from "node:test";
import { codedMessage, ConfigError, PermanentError, RetryableError } from "./errors.ts";

test("an error is shown with its code, unless nobody sorted it or its text is a whole report", () => {
  for (const [error, text] of [
    [new PermanentError("nft is not installed", { code: "nft_missing" }), "nft is not installed [nft_missing]"],
    [new RetryableError("time-out"), "time-out"],
    [new PermanentError("too large"), "too large"],
    [new ConfigError([{ path: ["a", "b"], message: "expected a number" }]), "a::b: expected a number"],
    [new TypeError("x is not a function"), "x is not a function"],
    ["thrown text", "thrown text"],
  ] as const) {
    assert.equal(codedMessage(error), text);
  }
});
