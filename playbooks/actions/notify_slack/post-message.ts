import { PermanentError, RetryableError } from "#core/errors.ts";

export interface SlackSettings {
  readonly webhook_url: { reveal(): string };
  /** Milliseconds. */
  readonly timeout: number;
}

/** Posts one message. Messages of errors name the host only: the path of the URL is the secret. */
export async function postMessage(settings: SlackSettings, text: string, signal: AbortSignal): Promise<void> {
  const url = new URL(settings.webhook_url.reveal());
  const response = await post(url, settings.timeout, text, signal);
  await response.body?.cancel();
  const { status } = response;
  if (status === 200) return;
  const message = `${url.hostname} answered ${status}`;
  if (status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfterMs(response.headers.get("retry-after"));
    throw new RetryableError(message, { code: "slack_unavailable", retryAfterMs });
  }
  throw new PermanentError(message, { code: "slack_refused" });
}

async function post(url: URL, timeoutMs: number, text: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(toMessage(text)),
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  } catch (error) {
    throw new RetryableError(`${url.hostname} did not answer`, { cause: error, code: "slack_unavailable" });
  }
}

/** Nothing in the text is markup, a mention, or a link with a preview that Slack would go and fetch. */
function toMessage(text: string): object {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return { text: escaped, mrkdwn: false, parse: "none", link_names: false, unfurl_links: false, unfurl_media: false };
}

const MAX_RETRY_AFTER_S = 3600;

/** Slack sends whole seconds. */
function parseRetryAfterMs(header: string | null): number | undefined {
  const seconds = Number(header ?? "");
  if (!Number.isInteger(seconds) || seconds <= 0) return undefined;
  return Math.min(seconds, MAX_RETRY_AFTER_S) * 1000;
}
