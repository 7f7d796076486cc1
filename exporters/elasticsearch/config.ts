import * as z from "zod";
import { retryConfig } from "#kit/deliver.ts";
import { checkHttpClient, type HttpClientConfig, httpClientFields, httpUrl } from "#kit/http/client-config.ts";
import { duration, Secret, secret } from "#kit/schema-types.ts";
import { sendingQueueConfig } from "#kit/sending-queue-config.ts";

const MAPPING_MODES = ["otel", "ecs", "none"] as const;

const mapping = z
  .strictObject({
    mode: z
      .enum(MAPPING_MODES)
      .default("otel")
      .describe("`otel`: as Elasticsearch's otel templates have it; `ecs`: Elastic Common Schema; `none`: as it is."),
  })
  .prefault({})
  .describe("How a record becomes a document.");

export const elasticsearchConfig = z
  .strictObject({
    endpoint: httpUrl().optional().describe("Base URL of the cluster; or endpoints."),
    endpoints: z.array(httpUrl()).min(1).optional().describe("Base URLs of its nodes, used in turn."),
    user: z.string().min(1).optional().describe("User name."),
    password: secret().optional().describe("Its password."),
    api_key: secret().optional().describe("API key in its encoded form, instead of user and password."),
    logs_index: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe("Index or data stream to write to; default: logs-<data_stream.dataset>-<data_stream.namespace>."),
    mapping,
    document_id: z
      .enum(["none", "hash"])
      .default("none")
      .describe(
        "`hash`: ids made from the content, so that a retry stores nothing twice; `none`: the server makes ids.",
      ),
    pipeline: z.string().min(1).optional().describe("Ingest pipeline that documents pass through."),
    ...httpClientFields,
    compression: z.enum(["gzip", "none"]).default("gzip").describe("Compression of requests."),
    timeout: duration().prefault("90s").describe("Time allowed for one attempt."),
    sending_queue: sendingQueueConfig,
    retry_on_failure: retryConfig,
  })
  .superRefine((config, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: "custom", path: [key], message });
    checkHttpClient(config, context);
    if ((config.endpoint === undefined) === (config.endpoints === undefined))
      wrong("endpoint", "either endpoint or endpoints is required");
    if (endpointsOf(config).some((endpoint) => URL.parse(endpoint)?.search !== ""))
      wrong(config.endpoint === undefined ? "endpoints" : "endpoint", "a base URL has no ?query");
    if ((config.user === undefined) !== (config.password === undefined))
      wrong("user", "user and password belong together");
    if (config.user?.includes(":") === true) wrong("user", "a user name has no colon");
    const logins = [config.user, config.api_key, findHeader(config.headers, "authorization")];
    if (logins.filter((login) => login !== undefined).length > 1)
      wrong("api_key", "user, api_key and an authorization header exclude each other");
  });

export type ElasticsearchConfig = z.output<typeof elasticsearchConfig>;

export function endpointsOf({
  endpoint,
  endpoints,
}: {
  endpoint?: string | undefined;
  endpoints?: string[] | undefined;
}) {
  return endpoints ?? (endpoint === undefined ? [] : [endpoint]);
}

/** The client's settings with the login as a header. */
export function withLogin(config: ElasticsearchConfig): HttpClientConfig {
  const { user, password, api_key, headers } = config;
  const login =
    api_key !== undefined
      ? `ApiKey ${api_key.reveal()}`
      : user !== undefined && password !== undefined
        ? `Basic ${Buffer.from(`${user}:${password.reveal()}`).toString("base64")}`
        : undefined;
  return login === undefined ? config : { ...config, headers: { ...headers, authorization: new Secret(login) } };
}

function findHeader(headers: ElasticsearchConfig["headers"], name: string): Secret | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
