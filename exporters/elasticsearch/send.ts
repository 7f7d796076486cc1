import type { LogBatch } from "#core/batch.ts";
import type { Context } from "#core/context.ts";
import { RetryableError, TooLargeError } from "#core/errors.ts";
import type { Report, Send } from "#kit/deliver.ts";
import type { HttpAnswer } from "#kit/http/exchange.ts";
import type { HttpClient } from "#kit/http/http-client.ts";
import { createRedact } from "#kit/http/redact.ts";
import { excerpt, toRefusal } from "#kit/http/refusal.ts";
import { parseBulkAnswer } from "./bulk-answer.ts";
import { createToBulkBody } from "./bulk-body.ts";
import { type ElasticsearchConfig, endpointsOf, withLogin } from "./config.ts";
import { targetOf } from "./data-stream.ts";
import { ItemVerdicts } from "./item-verdicts.ts";

/** Of an answer: what everything costs besides, and for every document. */
const ANSWER_BYTES = 65_536;
const ANSWER_BYTES_PER_ITEM = 2048;

const STATUSES = {
  retryable: new Set([429, 500, 502, 503, 504]),
  settings: new Set([401, 403, 404, 405, 407]),
};

/** How long to wait before asking again whoever answers what is no answer. */
const STRANGER_WAIT_MS = 30_000;

/** Keeps the answer small: only what is read of it. */
const FILTER = "errors,items.*.status,items.*.error.type,items.*.error.reason";

/** One `_bulk` request a batch; each goes to the next of the endpoints. */
export function createSend(client: HttpClient, config: ElasticsearchConfig, context: Context): Send {
  const endpoints = endpointsOf(config);
  const toBulkBody = createToBulkBody(config);
  const redact = createRedact([...Object.values(withLogin(config).headers), ...[config.password ?? []].flat()]);
  const verdicts = new ItemVerdicts(context, { withIds: config.document_id !== "none", redact });
  let turn = 0;

  return async (batch, signal) => {
    const url = bulkUrl(endpoints[turn++ % endpoints.length] as string, batch);
    const maxAnswerBytes = ANSWER_BYTES + batch.size * ANSWER_BYTES_PER_ITEM;
    const request = { url, contentType: "application/x-ndjson", body: toBulkBody(batch), maxAnswerBytes };
    const answer = await client.post(request, signal);
    const { host } = url;
    const refusal = toRefusal(answer, { host, policy: STATUSES, nowMs: context.clock.now(), redact });
    if (refusal !== undefined) throw refusal;
    return toReport(answer, host, batch);
  };

  function bulkUrl(endpoint: string, { resource }: LogBatch): URL {
    const { index } = targetOf(resource, config);
    const url = new URL(`${endpoint.endsWith("/") ? endpoint : `${endpoint}/`}${encodeURIComponent(index)}/_bulk`);
    url.searchParams.set("filter_path", FILTER);
    if (config.pipeline !== undefined) url.searchParams.set("pipeline", config.pipeline);
    return url;
  }

  function toReport({ body, cut }: HttpAnswer, host: string, batch: LogBatch): Report {
    // The smaller the request, the shorter the answer.
    if (cut) throw new TooLargeError(`${host} answered with more than is read for ${batch.size} documents`);
    const items = parseBulkAnswer(body);
    if (items === undefined) {
      const message = `${host} gave no answer to a bulk request: ${excerpt(body.toString("utf8"), redact)}`;
      throw new RetryableError(message, { code: "elasticsearch_answer", retryAfterMs: STRANGER_WAIT_MS });
    }
    return verdicts.toReport(items, batch.size);
  }
}
