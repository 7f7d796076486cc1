import * as z from "zod";
import { retryConfig, timeoutConfig } from "#kit/deliver.ts";
import { checkHttpClient, httpClientFields, httpUrl } from "#kit/http/client-config.ts";
import { sendingQueueConfig } from "#kit/sending-queue-config.ts";

export const otlpHttpConfig = z
  .strictObject({
    endpoint: httpUrl().optional().describe("Base URL of the receiver; /v1/logs is appended."),
    logs_endpoint: httpUrl().optional().describe("Whole URL for log records, instead of endpoint."),
    encoding: z.enum(["proto", "json"]).default("proto").describe("`proto`: protobuf; `json`: OTLP/JSON."),
    ...httpClientFields,
    timeout: timeoutConfig,
    sending_queue: sendingQueueConfig,
    retry_on_failure: retryConfig,
  })
  .superRefine((config, context) => {
    checkHttpClient(config, context);
    if (config.endpoint === undefined && config.logs_endpoint === undefined)
      context.addIssue({ code: "custom", path: ["endpoint"], message: "endpoint or logs_endpoint is required" });
    if (config.endpoint !== undefined && URL.parse(config.endpoint)?.search !== "")
      context.addIssue({ code: "custom", path: ["endpoint"], message: "a base URL has no ?query: use logs_endpoint" });
  });

export type OtlpHttpConfig = z.output<typeof otlpHttpConfig>;

/** Where log records go. */
export function logsUrl({ endpoint = "", logs_endpoint }: OtlpHttpConfig): URL {
  if (logs_endpoint !== undefined) return new URL(logs_endpoint);
  return new URL(endpoint.endsWith("/") ? `${endpoint}v1/logs` : `${endpoint}/v1/logs`);
}
