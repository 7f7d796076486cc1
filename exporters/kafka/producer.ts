import type { ConnectionOptions } from "node:tls";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { KafkaConfig as ClientConfig, Message, Producer } from "kafkajs";
import type { Logger } from "#core/context.ts";
import type { KafkaConfig } from "./config.ts";
import { keepPartition } from "./keep-partition.ts";
import type { OutgoingMessage } from "./messages.ts";
import { stopIdlePolling } from "./stop-idle-polling.ts";
import { translateError } from "./translate-error.ts";

/** Writes to one topic. */
export interface KafkaProducer {
  /**
   * Resolves once all in-sync replicas have all messages. Never two at the same time: the client's idempotent producer
   * may lose messages of sends that overlap.
   * @throws PermanentError when a message among them can never be taken, RetryableError for all else.
   */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** How often the client itself sends again; these attempts make no duplicates, those of `deliver` may. */
const CLIENT_RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 2000 };

const MAX_CONNECT_MS = 10_000;
const ALL_IN_SYNC = -1;

/** Loads the client; connects with the first message, and again after every failure. */
export async function createProducer(
  config: KafkaConfig,
  tls: ConnectionOptions | undefined,
  log: Logger,
): Promise<KafkaProducer> {
  // Not all names of this CommonJS module can be imported by name.
  const { Kafka, CompressionCodecs, CompressionTypes, Partitioners } = (await import("kafkajs")).default;
  stopIdlePolling();
  CompressionCodecs[CompressionTypes.ZSTD] = () => ZSTD;
  const compression = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, zstd: CompressionTypes.ZSTD };
  const client = new Kafka({
    clientId: config.client_id,
    brokers: config.brokers,
    connectionTimeout: Math.min(MAX_CONNECT_MS, config.timeout),
    requestTimeout: config.timeout,
    retry: CLIENT_RETRY,
    // The client speaks of every attempt; what matters comes to us as an error.
    logCreator:
      () =>
      ({ log: { message, ...fields } }) =>
        log.debug({ ...fields, message }, "kafka client"),
    ...(tls && { ssl: tls }),
    ...(config.auth.sasl && { sasl: toSasl(config.auth.sasl) }),
  });
  const createPartitioner = keepPartition(Partitioners.DefaultPartitioner);
  const settings = { idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner };

  let open: Promise<Producer> | undefined;
  const connect = async (): Promise<Producer> => {
    const producer = client.producer(settings);
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      await producer.disconnect(); // the client leaves the socket open
      throw error;
    }
  };
  const discard = async (opening: Promise<Producer>): Promise<void> => {
    if (open === opening) open = undefined;
    const producer = await opening.catch(() => undefined); // it never opened: there is nothing to close
    await producer?.disconnect();
  };
  const sendTo = (producer: Producer, messages: readonly OutgoingMessage[]): Promise<unknown> =>
    producer.sendBatch({
      topicMessages: [{ topic: config.topic, messages: messages.map(toClientMessage) }],
      acks: ALL_IN_SYNC,
      timeout: config.timeout,
      compression: compression[config.producer.compression],
    });
  return {
    async send(messages) {
      const opening = (open ??= connect());
      try {
        await sendTo(await opening, messages);
      } catch (error) {
        // A producer that failed counts its sequence numbers back even for partitions that have the messages: what it
        // sends next under the same numbers would be taken for a repetition and dropped.
        await discard(opening);
        throw translateError(error);
      }
      // Closed in the meantime: the client may have connected again to finish this send.
      if (open !== opening) await discard(opening);
    },
    async close() {
      if (open !== undefined) await discard(open);
    },
  };
}

const ZSTD = {
  compress: ({ buffer }: { buffer: Buffer }) => promisify(zstdCompress)(buffer),
  decompress: (buffer: Buffer) => promisify(zstdDecompress)(buffer),
};

function toSasl({ mechanism, username, password }: NonNullable<KafkaConfig["auth"]["sasl"]>) {
  const login = { username, password: password.reveal() };
  const name = mechanism.toLowerCase() as "plain" | "scram-sha-256" | "scram-sha-512";
  return { mechanism: name, ...login } as NonNullable<ClientConfig["sasl"]>;
}

function toClientMessage({ key, value, timestamp }: OutgoingMessage): Message {
  return { key, value, timestamp };
}
