import type { LogBatch } from "#core/batch.ts";
import { PermanentError, RetryableError } from "#core/errors.ts";
import type { Report, Send } from "#kit/deliver.ts";
import type { OutgoingMessage, ToMessages } from "./messages.ts";
import type { KafkaProducer } from "./producer.ts";
import { untilAborted } from "#kit/until-aborted.ts";

type Refused = { readonly index: number; readonly reason: PermanentError }[];

/** Sends batches one after the other, each in requests of at most `maxBytes`. */
export function createSend(producer: () => KafkaProducer, toMessages: ToMessages, maxBytes: number): Send {
  let previous: Promise<unknown> = Promise.resolve();
  return async (batch, signal) => {
    signal.throwIfAborted();
    const turn = previous.then(() => sendBatch(batch, signal));
    previous = turn.catch(() => {}); // it is this call's failure and not the next one's
    // What the client has begun goes on after an abort; the next batch waits for its end.
    return untilAborted(turn, signal);
  };

  async function sendBatch(batch: LogBatch, signal: AbortSignal): Promise<Report> {
    signal.throwIfAborted();
    const refused: Refused = [];
    const messages = toMessages(batch).filter(({ index, sizeBytes }) => {
      if (sizeBytes <= maxBytes) return true;
      const reason = new PermanentError("record is larger than max_message_bytes", { code: "kafka_too_large" });
      refused.push({ index, reason });
      return false;
    });
    let sent = 0;
    for (const chunk of chunks(messages, maxBytes)) {
      try {
        signal.throwIfAborted();
        await sendOrSplit(producer(), chunk, refused, signal);
      } catch (error) {
        // Nothing was settled yet: the caller may as well know the reason.
        if (sent === 0 && refused.length === 0) throw error;
        const settled = new Set(refused.map(({ index }) => index));
        const unsent = messages.slice(sent).flatMap(({ index }) => (settled.has(index) ? [] : [index]));
        return { unsent, refused, ...(error instanceof RetryableError && { retryAfterMs: error.retryAfterMs }) };
      }
      sent += chunk.length;
    }
    return { refused };
  }
}

/** Kafka refuses a request as a whole: halve it until the message that is at fault stands alone. */
async function sendOrSplit(
  producer: KafkaProducer,
  messages: readonly OutgoingMessage[],
  refused: Refused,
  signal: AbortSignal,
): Promise<void> {
  try {
    await producer.send(messages);
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    const [first, ...others] = messages;
    if (first !== undefined && others.length === 0) {
      refused.push({ index: first.index, reason: error });
      return;
    }
    const half = messages.length >> 1;
    for (const part of [messages.slice(0, half), messages.slice(half)]) {
      signal.throwIfAborted();
      await sendOrSplit(producer, part, refused, signal);
    }
  }
}

function* chunks(messages: readonly OutgoingMessage[], maxBytes: number): Generator<readonly OutgoingMessage[]> {
  let from = 0;
  let sizeBytes = 0;
  for (const [i, message] of messages.entries()) {
    if (sizeBytes + message.sizeBytes > maxBytes && i > from) {
      yield messages.slice(from, i);
      from = i;
      sizeBytes = 0;
    }
    sizeBytes += message.sizeBytes;
  }
  if (from < messages.length) yield messages.slice(from);
}
