import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { ConfigError } from "#core/errors.ts";
import { createCertificates } from "#test/support/certificates.ts";
import { fakeActionEnvironment } from "#test/support/fake-action-environment.ts";
import { requireService } from "#test/support/require-service.ts";
import { startSmtp } from "#test/support/smtp.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { notifyEmail } from "./index.ts";

const NEVER = new AbortController().signal;
const EFFECT = { id: "e1", expiresAtMs: undefined };
const ADDRESSES = { from: "tidewatch@example.com", to: ["soc@example.com", "dba@example.com"] };

function build(port: number, settings: object = {}) {
  const raw = { host: "127.0.0.1", port, security: "none", ...ADDRESSES, ...settings };
  return notifyEmail.prepare(raw)(fakeActionEnvironment());
}

test("each recipient gets a mail of their own with a stable Message-ID", async () => {
  await using smtp = await startSmtp();
  const action = build(smtp.port);
  const { steps } = await action.plan({ subject: "Brute force", body: "5 failed logins" }, NEVER);
  assert.deepEqual(
    steps.map(({ says }) => says),
    ["Mail to soc@example.com: Brute force", "Mail to dba@example.com: Brute force"],
  );
  await action.apply(steps[0]!, EFFECT, NEVER);
  await action.apply(steps[0]!, EFFECT, NEVER);
  const [first, second] = smtp.mails;
  assert.deepEqual(first?.recipients, ["soc@example.com"]);
  assert.equal(first?.sender, "tidewatch@example.com");
  assert.equal(first.parsed.subject, "Brute force");
  assert.equal(first.parsed.text?.trim(), "5 failed logins");
  assert.equal(first.parsed.messageId, "<e1@example.com>");
  assert.equal(second?.parsed.messageId, "<e1@example.com>");
});

test("a playbook may choose among the configured addresses, and no other", async () => {
  const { steps, refused } = await build(1).plan(
    { subject: "s", body: "b", to: ["dba@example.com", "thief@example.net"] },
    NEVER,
  );
  assert.deepEqual(
    steps.map(({ target }) => (target as { to: string }).to),
    ["dba@example.com"],
  );
  assert.deepEqual(refused, [{ what: "thief@example.net", reason: "not among the addresses of the settings" }]);
});

test("text of an attacker is inert: no header, no markup, no file, no recipient", async () => {
  await using smtp = await startSmtp();
  const action = build(smtp.port);
  const subject = "a\r\nBcc: thief@example.net\r\n\r\n\u202e{{7*7}} \u001b[2J";
  const body =
    ".\r\nRSET\r\nMAIL FROM:<x@example.net>\n<img src=http://example.net/x onerror=alert(1)> ${7*7} \u0000 =cmd|' /C calc'!A0";
  const [step] = (await action.plan({ subject, body }, NEVER)).steps;
  await action.apply(step!, EFFECT, NEVER);
  const [mail] = smtp.mails;
  assert.equal(smtp.mails.length, 1);
  assert.deepEqual(mail?.recipients, ["soc@example.com"]);
  assert.equal(mail.parsed.bcc, undefined);
  assert.match(mail.parsed.subject ?? "", /^a\\u000d\\u000aBcc: thief/);
  assert.ok(!mail.raw.includes("\nBcc:"));
  const html = String(mail.parsed.html);
  assert.ok(html.includes("&lt;img src=http://example.net/x onerror=alert(1)&gt;"));
  assert.ok(!html.includes("<img"));
  assert.match(mail.parsed.text ?? "", /^\.\nRSET\nMAIL FROM:<x@example\.net>/);
});

test("a subject of a megabyte and a body of ten are cut", async () => {
  const action = build(1);
  const [step] = (await action.plan({ subject: "s".repeat(1e6), body: "b".repeat(1e7) }, NEVER)).steps;
  const { subject, body } = step!.target as { subject: string; body: string };
  assert.equal(subject.length, 201);
  assert.equal(body.length, 100_000);
});

test("a refused recipient is final when the server says 5xx, and tried again when it says 4xx", async () => {
  let responseCode = 550;
  await using smtp = await startSmtp({ refuse: () => responseCode });
  const action = build(smtp.port);
  const [step] = (await action.plan({ subject: "s", body: "b" }, NEVER)).steps;
  await assert.rejects(action.apply(step!, EFFECT, NEVER), { name: "PermanentError", code: "mail_refused" });
  responseCode = 452;
  await assert.rejects(action.apply(step!, EFFECT, NEVER), { name: "RetryableError", code: "mail_unavailable" });
});

test("a server that is away is tried again", async () => {
  const smtp = await startSmtp();
  const action = build(smtp.port);
  await smtp[Symbol.asyncDispose]();
  const [step] = (await action.plan({ subject: "s", body: "b" }, NEVER)).steps;
  await assert.rejects(action.apply(step!, EFFECT, NEVER), { name: "RetryableError" });
});

test("a server that never greets is given up after the time-out, and at once on abort", async (t) => {
  const mute = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(mute, "listening");
  t.after(() => mute.close());
  const { port } = mute.address() as AddressInfo;
  const [step] = (await build(port).plan({ subject: "s", body: "b" }, NEVER)).steps;
  await assert.rejects(build(port, { timeout: "50ms" }).apply(step!, EFFECT, NEVER), { name: "RetryableError" });
  const stop = new AbortController();
  const connected = once(mute, "connection");
  const sent = build(port, { timeout: "200ms" }).apply(step!, EFFECT, stop.signal);
  await connected;
  stop.abort();
  await assert.rejects(sent, /given up/);
});

test("with STARTTLS the mail and the login go encrypted, to a server whose certificate is good", async (t) => {
  if (!requireService(t, "openssl")) return;
  await using folder = await tempDir();
  const { ca, server } = await createCertificates(folder.path);
  const tls = { cert: await readFile(server.cert, "utf8"), key: await readFile(server.key, "utf8") };
  await using smtp = await startSmtp({ tls, login: { user: "tidewatch", password: "right" } });
  const settings = { host: "localhost", security: "starttls", ca_file: ca, username: "tidewatch", password: "right" };
  const send = async (changed: object): Promise<void> => {
    const action = build(smtp.port, { ...settings, ...changed });
    const [step] = (await action.plan({ subject: "s", body: "b" }, NEVER)).steps;
    await action.apply(step!, EFFECT, NEVER);
  };
  await send({});
  assert.equal(smtp.mails.length, 1);
  await assert.rejects(send({ password: "wrong" }), { name: "RetryableError" });
  await assert.rejects(send({ ca_file: undefined }), { name: "RetryableError" });
  assert.equal(smtp.mails.length, 1);
});

test("a server that offers no STARTTLS gets nothing, not even the login", async () => {
  await using smtp = await startSmtp();
  const action = build(smtp.port, { security: "starttls" });
  const [step] = (await action.plan({ subject: "s", body: "b" }, NEVER)).steps;
  await assert.rejects(action.apply(step!, EFFECT, NEVER), { name: "RetryableError" });
  assert.equal(smtp.mails.length, 0);
});

const WRONG: object[] = [
  { host: "mail.example.com", security: "none" },
  { to: [] },
  { to: ["not an address"] },
  { from: "a@b\r\nBcc: c@d" },
  { username: "u" },
  { pasword: "p" },
];

for (const wrong of WRONG) {
  test(`settings ${JSON.stringify(wrong)} are refused`, () => {
    assert.throws(() => notifyEmail.prepare({ host: "127.0.0.1", ...ADDRESSES, ...wrong }), ConfigError);
  });
}
