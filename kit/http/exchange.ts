import {
  type Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
} from "node:http";
import { type Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** What came back for one request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came over the wire, up to the limit. */
  readonly body: Buffer;
  /** There was more: it is over the limit, or the connection broke. */
  readonly cut: boolean;
}

export interface Exchange {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly agent: HttpAgent | HttpsAgent;
  /** Most bytes of the answer's body that are kept. */
  readonly maxAnswerBytes: number;
}

/** An error before the answer, and whether it came over a connection that the server may have been about to close. */
export class ExchangeError extends Error {
  readonly stale: boolean;

  constructor(cause: unknown, stale: boolean) {
    super("no answer", { cause });
    this.stale = stale;
  }
}

const MAX_HEADER_BYTES = 16_384;

/**
 * One POST and its answer. Whatever way it ends, nothing of it stays behind: no listener, and no connection that is not
 * ready for the next request. Rejects with ExchangeError, or with the signal's reason.
 */
export async function exchange(job: Exchange, signal: AbortSignal): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const { url, headers, body, agent } = job;
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const outgoing = request(url, {
    method: "POST",
    agent,
    headers: { ...headers, "content-length": String(body.length) },
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  let answered = false;
  const fail = (error: unknown): void => reject(new ExchangeError(error, outgoing.reusedSocket && !answered));
  const onAbort = (): void => {
    reject(signal.reason as Error);
    outgoing.destroy();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  outgoing.on("error", (error) => {
    // A server that answers before it has read everything and then closes: what it said is the answer.
    if (!answered) fail(error);
  });
  outgoing.on("close", () => {
    if (!answered) fail(new Error("the connection was closed"));
  });
  outgoing.on("response", (incoming) => {
    answered = true;
    readAnswer(incoming, job.maxAnswerBytes).then(resolve, fail);
  });
  outgoing.end(body);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Answered early: the server will not read the rest, and the connection is of no use.
    if (!outgoing.writableFinished) outgoing.destroy();
  }
}

async function readAnswer(incoming: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const { statusCode: status = 0, headers } = incoming;
  const chunks: Buffer[] = [];
  let length = 0;
  let cut = false;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= maxBytes) continue;
      cut = true;
      break; // ends the iteration, which closes the connection
    }
  } catch (error) {
    // Of a refusal the status is what counts.
    if (status < 300) throw error;
    cut = true;
  }
  return { status, headers, body: Buffer.concat(chunks, Math.min(length, maxBytes)), cut };
}
