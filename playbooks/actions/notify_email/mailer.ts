import { readFile } from "node:fs/promises";
import type { Transporter } from "nodemailer";
import { errorMessage, PermanentError, RetryableError } from "#core/errors.ts";
import { abortable } from "../../response/abortable.ts";
import { toHtml } from "./to-html.ts";

export interface MailSettings {
  readonly host: string;
  readonly port: number;
  readonly security: "starttls" | "tls" | "none";
  readonly ca_file?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: { reveal(): string } | undefined;
  readonly from: string;
  /** Milliseconds for one mail. */
  readonly timeout: number;
}

export interface Mail {
  readonly to: string;
  /** One line. */
  readonly subject: string;
  /** Plain text. */
  readonly body: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const DNS_TIMEOUT_MS = 5000;

/** Sends mails; each on a connection of its own, so that nothing stays open between alerts. */
export function createMailer(settings: MailSettings): {
  send(mail: Mail, effectId: string, signal: AbortSignal): Promise<void>;
} {
  let opening: Promise<Transporter> | undefined;
  return {
    async send(mail, effectId, signal) {
      signal.throwIfAborted();
      try {
        opening ??= createTransport(settings);
        const transport = await opening;
        const html = toHtml(mail.body);
        // The same effect sent twice is one mail to whoever looks at Message-ID.
        const messageId = `<${effectId}@${settings.from.slice(settings.from.lastIndexOf("@") + 1)}>`;
        const envelope = { from: settings.from, to: mail.to };
        const message = { ...envelope, envelope, subject: mail.subject, text: mail.body, html, messageId };
        // nodemailer cannot be stopped: after an abort nobody knows whether the mail went out.
        await abortable(transport.sendMail(message), signal);
      } catch (error) {
        throw translate(error);
      }
    },
  };
}

async function createTransport(settings: MailSettings): Promise<Transporter> {
  const { createTransport: create } = await import("nodemailer");
  const { host, port, security, ca_file, username, password, timeout } = settings;
  const ca = ca_file === undefined ? undefined : await readFile(ca_file, "utf8");
  return create({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: { minVersion: "TLSv1.2", ...(ca !== undefined && { ca }) },
    ...(username !== undefined && password !== undefined && { auth: { user: username, pass: password.reveal() } }),
    connectionTimeout: Math.min(CONNECT_TIMEOUT_MS, timeout),
    greetingTimeout: Math.min(CONNECT_TIMEOUT_MS, timeout),
    dnsTimeout: Math.min(DNS_TIMEOUT_MS, timeout),
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** 5xx for the mail itself is for good; a refused login is the operator's to mend, all else the network's. */
function translate(error: unknown): Error {
  if (error instanceof RetryableError) return error;
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  const message = `mail was not sent: ${errorMessage(error)}`;
  const isForGood = (code === "EENVELOPE" || code === "EMESSAGE") && (responseCode ?? 0) >= 500 && responseCode !== 530;
  if (isForGood) return new PermanentError(message, { cause: error, code: "mail_refused" });
  return new RetryableError(message, { cause: error, code: "mail_unavailable" });
}
