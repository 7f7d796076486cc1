import { validateHeaderName, validateHeaderValue } from "node:http";
import * as z from "zod";
import { duration, secret } from "../schema-types.ts";
import { tlsConfig } from "../tls/tls-config.ts";

/** Headers that belong to the client itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** An http or https URL without a login in it, which would show up in logs. */
export function httpUrl() {
  return z.string().superRefine((text, context) => {
    const wrong = urlProblem(text);
    if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong });
  });
}

function urlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return "expected a URL such as https://collector.example.com:4318";
  if (url.username !== "" || url.password !== "") return "a login does not belong into a URL, which is no secret";
  return url.hash === "" ? undefined : "a URL to send to has no #fragment";
}

const headers = z
  .record(z.string(), secret())
  .superRefine((given, context) => {
    for (const [name, value] of Object.entries(given)) {
      const wrong = headerProblem(name, value.reveal());
      if (wrong !== undefined) context.addIssue({ code: "custom", path: [name], message: wrong });
    }
  })
  .default({})
  .describe("Headers of every request, by name. Their values are secrets.");

/** What is wrong with a header, without its value. */
function headerProblem(name: string, value: string): string | undefined {
  if (OWN_HEADERS.has(name.toLowerCase())) return "this header is set by Tidewatch itself";
  try {
    validateHeaderName(name);
  } catch {
    return "not a name that a header can have";
  }
  try {
    validateHeaderValue(name, value);
  } catch {
    return "the value has characters that a header cannot have";
  }
  return undefined;
}

/** Settings of an HTTP client beside its address: the collector's names (its confighttp). */
export const httpClientFields = {
  headers,
  tls: tlsConfig.optional().describe("TLS of https addresses."),
  compression: z.enum(["gzip", "zstd", "none"]).default("gzip").describe("Compression of requests."),
  compression_params: z
    .strictObject({
      level: z.int().optional().describe("gzip: 1 (fast) to 9 (small); zstd: 1 to 22. Default: the library's."),
    })
    .prefault({})
    .describe("How hard to compress."),
  max_conns_per_host: z.int().min(0).default(0).describe("Most connections to one host; 0 = no limit."),
  max_idle_conns: z.int().min(0).default(100).describe("Most connections that are kept open unused."),
  max_idle_conns_per_host: z.int().min(0).optional().describe("The same for one host; default: max_idle_conns."),
  idle_conn_timeout: duration().prefault("90s").describe("How long an unused connection is kept open; 0 = no limit."),
  disable_keep_alives: z.boolean().default(false).describe("A connection of its own for every request."),
};

const fields = z.strictObject(httpClientFields);
export type HttpClientConfig = z.output<typeof fields>;

/** What settings of the client say against each other; for the `superRefine` of the exporter's schema. */
export function checkHttpClient(
  config: Pick<HttpClientConfig, "compression" | "compression_params">,
  context: z.RefinementCtx,
): void {
  const { compression, compression_params } = config;
  const { level } = compression_params;
  if (level === undefined) return;
  const highest = compression === "zstd" ? 22 : 9;
  if (compression !== "none" && level >= 1 && level <= highest) return;
  const message = compression === "none" ? "there is no compression" : `${compression} has the levels 1 to ${highest}`;
  context.addIssue({ code: "custom", path: ["compression_params", "level"], message });
}
