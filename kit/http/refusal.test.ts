import assert from "node:assert/strict";
import { test } from "node:test";
import { PermanentError, RetryableError, TooLargeError } from "#core/errors.ts";
import { Secret } from "../schema-types.ts";
import type { HttpAnswer } from "./exchange.ts";
import { createRedact } from "./redact.ts";
import { toRefusal } from "./refusal.ts";

const NOW = Date.UTC(2026, 0, 1);
const POLICY = { retryable: new Set([429, 503]), settings: new Set([401]) };

function refusalOf(status: number, headers: HttpAnswer["headers"] = {}, body: string | Buffer = "", redact = identity) {
  const answer = { status, headers, body: Buffer.from(body), cut: false };
  return toRefusal(answer, { host: "logs.example.com", policy: POLICY, nowMs: NOW, redact });
}

const identity = (text: string): string => text;

test("2xx is no refusal", () => {
  for (const status of [200, 201, 202, 204]) assert.equal(refusalOf(status), undefined);
});

test("whoever is busy is asked again after the time that it names", () => {
  for (const [header, ms] of [
    ["7", 7000],
    ["Thu, 01 Jan 2026 00:00:09 GMT", 9000],
    ["31536000", 3_600_000],
    ["soon", undefined],
    [undefined, undefined],
  ] as const) {
    const error = refusalOf(503, header === undefined ? {} : { "retry-after": header });
    assert.ok(error instanceof RetryableError);
    assert.deepEqual([error.code, error.retryAfterMs], ["http_busy", ms]);
  }
});

test("a wrong login is the operator's to mend: the data is kept, and sent again slowly", () => {
  const error = refusalOf(401, { "retry-after": "1" }, "bad token");
  assert.ok(error instanceof RetryableError);
  assert.deepEqual([error.code, error.retryAfterMs], ["http_settings", 30_000]);
  assert.equal(error.message, "logs.example.com answered 401 Unauthorized: bad token");
});

test("a redirect is not followed, and the error says where it leads", () => {
  const error = refusalOf(308, { location: "https://elsewhere.example.com/\u001b[31m" });
  assert.ok(error instanceof RetryableError);
  assert.equal(
    error.message,
    "logs.example.com answered 308 Permanent Redirect, a redirect that is not followed, to https://elsewhere.example.com/\\u001b[31m",
  );
});

test("413 says that the batch is too large", () => {
  assert.ok(refusalOf(413) instanceof TooLargeError);
});

test("everything else is final, and tells the status and what the server said, cleaned and cut", () => {
  for (const status of [400, 403, 404, 422, 500, 501, 599, 999, 0]) {
    const error = refusalOf(status, {}, `line\r\n\u001b]0;owned\u0007 ${"x".repeat(1000)}`);
    assert.ok(error instanceof PermanentError);
    assert.equal(error.code, "http_refused");
    assert.ok(error.message.startsWith(`logs.example.com answered ${status}`));
    assert.ok(error.message.includes(String.raw`line\u000d\u000a\u001b]0;owned\u0007 xxx`), error.message);
    assert.ok(error.message.length < 400);
  }
});

test("bytes that are no text are shown without harm", () => {
  const error = refusalOf(400, {}, Buffer.from([0, 0xff, 0xfe, 0x0a, 0x41]));
  assert.equal(error?.message, "logs.example.com answered 400 Bad Request: \\u0000��\\u000aA");
});

test("a server that repeats our secrets does not put them into the log", () => {
  const redact = createRedact([new Secret("Bearer abcd1234"), new Secret("xy")]);
  const body = `got Bearer abcd1234, token=abcd1234 xy ${"y".repeat(280)}abcd1234`;
  const error = refusalOf(400, {}, body, redact);
  assert.ok(!error?.message.includes("abcd"), error?.message);
  assert.ok(error?.message.includes("got [redacted], token=[redacted] xy"));
  assert.ok(!refusalOf(302, { location: "http://x/?t=abcd1234" }, "", redact)?.message.includes("abcd1234"));
});
