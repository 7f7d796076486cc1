import { STATUS_CODES } from "node:http";
import { PermanentError, RetryableError, type TidewatchError, TooLargeError } from "#core/errors.ts";
import { terminalText } from "../terminal-text.ts";
import type { HttpAnswer } from "./exchange.ts";
import { parseRetryAfterMs } from "./retry-after.ts";

const MAX_EXCERPT = 300;

/** Of an answer's body, what is looked at for an excerpt. */
const MAX_TEXT_BYTES = 65_536;

/** Where a mistake of ours in the settings, or a redirect, has to be mended by a person: no need to hurry. */
const SETTINGS_WAIT_MS = 30_000;

/** What statuses mean to one kind of server, beyond 2xx (taken), 3xx (wrong address) and 413 (too large). */
interface StatusPolicy {
  /** The other side is busy or away for now. */
  readonly retryable: ReadonlySet<number>;
  /** Login or address are wrong: data is kept and sent again, slowly, until somebody mends that. */
  readonly settings: ReadonlySet<number>;
}

export interface RefusalOptions {
  /** Host that answered, for the message. */
  readonly host: string;
  readonly policy: StatusPolicy;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Text of the body, uncleaned; default: its bytes as UTF-8. */
  readonly bodyText?: (answer: HttpAnswer) => string;
  /** Takes out secrets that the other side repeats. */
  readonly redact: (text: string) => string;
}

/**
 * The error that an answer means; undefined = the request was taken. RetryableError, TooLargeError (413) or PermanentError
 * (anything that `policy` does not list).
 */
export function toRefusal(answer: HttpAnswer, options: RefusalOptions): TidewatchError | undefined {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return undefined;
  const { policy, nowMs } = options;
  const message = `${options.host} answered ${status}${nameOf(status)}${detail(answer, options)}`;
  const retryAfterMs = parseRetryAfterMs(headers["retry-after"], nowMs);
  if (policy.retryable.has(status)) return new RetryableError(message, { code: "http_busy", retryAfterMs });
  if ((status >= 300 && status < 400) || policy.settings.has(status)) {
    const waitMs = Math.max(retryAfterMs ?? 0, SETTINGS_WAIT_MS);
    return new RetryableError(message, { code: "http_settings", retryAfterMs: waitMs });
  }
  return status === 413 ? new TooLargeError(message) : new PermanentError(message, { code: "http_refused" });
}

function nameOf(status: number): string {
  const name = STATUS_CODES[status];
  return name === undefined ? "" : ` ${name}`;
}

function detail(answer: HttpAnswer, { bodyText, redact }: RefusalOptions): string {
  const { status, headers, body } = answer;
  if (status >= 300 && status < 400 && headers.location !== undefined)
    return `, a redirect that is not followed, to ${excerpt(headers.location, redact)}`;
  const text = excerpt(bodyText?.(answer) ?? body.toString("utf8", 0, MAX_TEXT_BYTES), redact);
  return text === "" ? "" : `: ${text}`;
}

/** Text of the other side, fit for a log: no secrets of ours, no control characters, short. */
export function excerpt(text: string, redact: (text: string) => string): string {
  return terminalText(redact(text).trim(), MAX_EXCERPT);
}
