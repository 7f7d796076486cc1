import type { LogBatch } from "#core/batch.ts";
import type { Context } from "#core/context.ts";
import { PermanentError, TooLargeError } from "#core/errors.ts";
import type { Report, Send } from "#kit/deliver.ts";
import { toOtlpJson } from "#kit/encode-otlp-json.ts";
import type { HttpAnswer } from "#kit/http/exchange.ts";
import type { HttpClient } from "#kit/http/http-client.ts";
import { createRedact } from "#kit/http/redact.ts";
import { excerpt, toRefusal } from "#kit/http/refusal.ts";
import { OtlpLogsEncoder } from "#kit/otlp/encode-logs.ts";
import { parseExportResponse, parseStatusMessage } from "#kit/otlp/export-response.ts";
import { logsUrl, type OtlpHttpConfig } from "./config.ts";

/** OTLP 1.11: what a sender must not exceed, before compression. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

const STATUSES = {
  /** OTLP 1.11, "Retryable response codes"; all others must not be retried. */
  retryable: new Set([429, 502, 503, 504]),
  /** Against the letter of the specification: a token that ran out must not send a day's records to the dead letters. */
  settings: new Set([401, 404, 407]),
};

const WARN_INTERVAL_MS = 60_000;

/** One request a batch. */
export function createSend(client: HttpClient, config: OtlpHttpConfig, context: Context): Send {
  const url = logsUrl(config);
  const encoder = new OtlpLogsEncoder();
  const json = config.encoding === "json";
  const contentType = json ? "application/json" : "application/x-protobuf";
  const redact = createRedact(Object.values(config.headers));
  const warn = createWarn(context);

  return async (batch, signal) => {
    const body = json ? Buffer.from(toOtlpJson(batch)) : encoder.encode(batch);
    if (body.length > MAX_REQUEST_BYTES) throw new TooLargeError("request is larger than the 64 MiB of OTLP");
    const answer = await client.post({ url, contentType, body }, signal);
    const { host } = url;
    const refusal = toRefusal(answer, { host, policy: STATUSES, nowMs: context.clock.now(), bodyText, redact });
    if (refusal !== undefined) throw refusal;
    return toReport(answer, batch);
  };

  /** What is said beside "taken". */
  function toReport({ body, headers, cut }: HttpAnswer, batch: LogBatch): Report {
    const response = cut ? undefined : parseExportResponse({ body, contentType: headers["content-type"] });
    if (response === undefined) {
      warn(
        { answer: excerpt(body.toString("utf8"), redact) },
        "the receiver took records and answered what is not OTLP",
      );
      return {};
    }
    const message = excerpt(response.message, redact);
    if (response.rejected > 0) return { refused: rejected(batch.size, response.rejected, message) };
    if (message !== "") warn({ answer: message }, "the receiver took all records, with a warning");
    return {};
  }
}

/**
 * The receiver does not say which records it rejected, and none may be sent again (OTLP 1.11, partial success). So that
 * none is lost without a trace, all of the batch are set aside, those that it took included.
 */
function rejected(size: number, count: number, message: string): NonNullable<Report["refused"]> {
  const which = count >= size ? `all ${size}` : `${count} of ${size}`;
  const reason = new PermanentError(
    `the receiver rejected ${which} records${count >= size ? "" : " and does not say which"}: ${message || "no reason given"}`,
    { code: "otlp_rejected" },
  );
  return Array.from({ length: size }, (_, index) => ({ index, reason }));
}

function bodyText({ body, headers }: HttpAnswer): string {
  return parseStatusMessage({ body, contentType: headers["content-type"] }) ?? body.toString("utf8");
}

/** One line a minute at most: a receiver may say the same of every request. */
function createWarn({ log, clock }: Context): (fields: Record<string, unknown>, sentence: string) => void {
  const last = new Map<string, number>();
  return (fields, sentence) => {
    const now = clock.monotonic();
    if (now - (last.get(sentence) ?? Number.NEGATIVE_INFINITY) < WARN_INTERVAL_MS) return;
    last.set(sentence, now);
    log.warn(fields, sentence);
  };
}
