import * as z from "zod";
import { retryConfig, timeoutConfig } from "#kit/deliver.ts";
import { sendingQueueConfig } from "#kit/sending-queue-config.ts";
import { byteSize, secret } from "#kit/schema-types.ts";
import { tlsConfig } from "#kit/tls/tls-config.ts";

const sasl = z
  .strictObject({
    mechanism: z.enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]).describe("How the password is shown."),
    username: z.string().min(1).describe("User name."),
    password: secret().describe("Its password."),
  })
  .describe("Login.");

const producer = z
  .strictObject({
    max_message_bytes: byteSize()
      .prefault(1_000_000)
      .describe("Largest request, before compression; a record that is larger by itself is set aside."),
    compression: z.enum(["none", "gzip", "zstd"]).default("none").describe("Compression of what is sent together."),
  })
  .prefault({})
  .describe("How records are sent. Every write is acknowledged by all in-sync replicas.");

export const kafkaConfig = z.strictObject({
  brokers: z.array(z.string().min(1)).min(1).describe("Addresses to start from, `host:port`."),
  topic: z.string().min(1).max(249).describe("Topic to write to; it must exist."),
  encoding: z
    .enum(["json", "otlp_json", "raw"])
    .default("json")
    .describe("`json`: the record as one JSON object; `otlp_json`: one OTLP/JSON request; `raw`: the line itself."),
  partition_by: z
    .array(z.string().min(1))
    .default([])
    .describe("Attributes of the record, or else of its resource, whose values make the message key; none: no key."),
  client_id: z.string().min(1).default("tidewatch").describe("Name that the brokers see."),
  auth: z.strictObject({ sasl: sasl.optional() }).prefault({}).describe("Who we are."),
  tls: tlsConfig.optional().describe("TLS, also with `tls: {}`; without it the connection is in the clear."),
  producer,
  timeout: timeoutConfig,
  sending_queue: sendingQueueConfig,
  retry_on_failure: retryConfig,
});

export type KafkaConfig = z.output<typeof kafkaConfig>;
