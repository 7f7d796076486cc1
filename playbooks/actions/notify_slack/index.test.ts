import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, RetryableError } from "#core/errors.ts";
import { fakeActionEnvironment } from "#test/support/fake-action-environment.ts";
import { startHttp } from "#test/support/start-http.ts";
import { notifySlack } from "./index.ts";

const NEVER = new AbortController().signal;
const EFFECT = { id: "e1", expiresAtMs: undefined };
const PATH = "/services/T0/B0/s3cret";

function build(url: string, settings: object = {}) {
  return notifySlack.prepare({ webhook_url: url + PATH, ...settings })(fakeActionEnvironment());
}

async function post(url: string, text: string, settings: object = {}, signal = NEVER): Promise<void> {
  const action = build(url, settings);
  const [step] = (await action.plan({ text }, NEVER)).steps;
  await action.apply(step!, EFFECT, signal);
}

test("a message is posted as JSON with its text", async () => {
  await using slack = await startHttp([{ status: 200, body: "ok" }]);
  await post(slack.url, "5 failed logins of app");
  const [request] = slack.requests;
  assert.equal(request?.method, "POST");
  assert.equal(request.url, PATH);
  assert.equal((JSON.parse(request.body.toString()) as { text: string }).text, "5 failed logins of app");
});

test("text of an attacker mentions nobody, links nowhere and has no previews", async () => {
  await using slack = await startHttp([{ status: 200 }]);
  await post(slack.url, "<!channel> <@U123> <http://example.net|click> @here & *bold*");
  const message = JSON.parse(slack.requests[0]!.body.toString()) as Record<string, unknown>;
  assert.deepEqual(message, {
    text: "&lt;!channel&gt; &lt;@U123&gt; &lt;http://example.net|click&gt; @here &amp; *bold*",
    mrkdwn: false,
    parse: "none",
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  });
});

test("a long text is cut", async () => {
  const [step] = (await build("https://hooks.example.com").plan({ text: "x".repeat(1e6) }, NEVER)).steps;
  assert.equal((step!.target as { text: string }).text.length, 3000);
});

test("429 is tried again after the time that Slack names", async () => {
  await using slack = await startHttp([{ status: 429, headers: { "retry-after": "30" } }]);
  await assert.rejects(post(slack.url, "x"), (error) => {
    assert.ok(error instanceof RetryableError);
    assert.equal(error.retryAfterMs, 30_000);
    return true;
  });
});

for (const header of ["soon", "-1", "1e99", "0", ""]) {
  test(`a Retry-After of ${JSON.stringify(header)} is no reason to wait for ever`, async () => {
    await using slack = await startHttp([{ status: 503, headers: { "retry-after": header } }]);
    await assert.rejects(post(slack.url, "x"), (error) => {
      assert.ok(error instanceof RetryableError);
      assert.ok((error.retryAfterMs ?? 0) <= 3_600_000);
      return true;
    });
  });
}

for (const status of [302, 400, 403, 404, 410]) {
  test(`${status} is final, and the message does not give the URL away`, async () => {
    await using slack = await startHttp([{ status, headers: { location: "http://127.0.0.1:1/" }, body: "no_service" }]);
    await assert.rejects(post(slack.url, "x"), { name: "PermanentError", message: `127.0.0.1 answered ${status}` });
    assert.equal(slack.requests.length, 1);
  });
}

test("a server that hangs, or cuts the line, is tried again", async () => {
  await using slack = await startHttp(["hang", "drop"]);
  await assert.rejects(post(slack.url, "x", { timeout: "50ms" }), { name: "RetryableError" });
  await assert.rejects(post(slack.url, "x"), { name: "RetryableError", message: "127.0.0.1 did not answer" });
});

test("an abort ends the request at once", async () => {
  await using slack = await startHttp(["hang"]);
  const stop = new AbortController();
  const sent = assert.rejects(post(slack.url, "x", { timeout: "1h" }, stop.signal), { name: "RetryableError" });
  await slack.untilRequests(1);
  stop.abort();
  await sent;
});

const WRONG_URLS = [
  "http://hooks.example.com/x",
  "ftp://127.0.0.1/x",
  "file:///etc/passwd",
  "https://user:pass@hooks.example.com/x",
  "http://127.0.0.1.example.com/x",
  "hooks.example.com/x",
];

for (const url of WRONG_URLS) {
  test(`${url} is refused as a webhook, without being printed`, () => {
    assert.throws(
      () => notifySlack.prepare({ webhook_url: url }),
      (error: Error) => error instanceof ConfigError && !error.message.includes(url),
    );
  });
}

for (const url of ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]:1/x", "https://hooks.example.com/x"]) {
  test(`${url} is taken as a webhook`, () => {
    notifySlack.prepare({ webhook_url: url });
  });
}
