import * as z from "zod";
import { parseDurationMs, secret } from "#kit/schema-types.ts";

/** Milliseconds as OpenTelemetry's declarative configuration has them, or a duration such as `10s`. */
export function milliseconds() {
  return z.union([z.int().min(1), z.string()]).transform((value, context) => {
    const ms = typeof value === "number" ? value : parseDurationMs(value);
    // Timers of Node cannot wait longer.
    if (ms !== undefined && ms >= 1 && ms < 2 ** 31) return ms;
    context.addIssue({ code: "custom", message: `expected milliseconds or a duration such as 10s, got "${value}"` });
    return z.NEVER;
  });
}

const headers = z
  .union([
    z.array(
      z.strictObject({
        name: z.string().min(1).describe("The header's name."),
        value: secret().nullable().describe("Its value; null leaves it out."),
      }),
    ),
    z.record(z.string().min(1), secret()),
  ])
  .default([])
  .describe("Headers of every request, as a list of `name` and `value` or as a map. They count as secrets.");

const shared = {
  endpoint: z
    .url({ protocol: /^https?$/, error: "expected a URL that begins with http:// or https://" })
    .optional()
    .describe(
      "URL of the receiver; without a path `/v1/logs` or `/v1/metrics` is added. Default: localhost, port 4318.",
    ),
  headers,
  compression: z.enum(["gzip", "none"]).default("none").describe("Compression of requests."),
  timeout: milliseconds().default(10_000).describe("Time for one request and its repetitions."),
};

const file = (what: string) => z.string().min(1).optional().describe(`PEM file with ${what}.`);

const temporality = z.literal("cumulative").default("cumulative").describe("Counters tell their sum since the start.");

/** Exporters with the names of both forms of the declarative configuration that the collector takes: 0.3 and 1.0. */
function otlpExporters<T extends z.ZodRawShape>(more: T) {
  const older = z
    .strictObject({
      protocol: z.literal("http/protobuf").describe("How it is sent; gRPC is not supported."),
      ...shared,
      certificate: file("the authorities to trust"),
      client_certificate: file("our own certificate"),
      client_key: file("the key of our own certificate"),
      ...more,
    })
    .describe("OTLP over HTTP, in the collector's older form.");
  const newer = z
    .strictObject({
      encoding: z.literal("protobuf").default("protobuf").describe("Encoding of requests."),
      ...shared,
      tls: z
        .strictObject({
          ca_file: file("the authorities to trust"),
          cert_file: file("our own certificate"),
          key_file: file("the key of our own certificate"),
        })
        .prefault({})
        .describe("TLS of an https endpoint."),
      ...more,
    })
    .describe("OTLP over HTTP.");
  return z
    .strictObject({ otlp: older.optional(), otlp_http: newer.optional() })
    .refine(({ otlp, otlp_http }) => (otlp === undefined) !== (otlp_http === undefined), {
      message: "expected one exporter: otlp_http, or otlp in the older form",
    })
    .describe("Where to send it.");
}

export const ownLogExporter = otlpExporters({});
export const ownMetricExporter = otlpExporters({ temporality_preference: temporality });

type EitherForm = z.output<typeof ownLogExporter>;

/** An OTLP receiver of own telemetry, whichever form it was written in. */
export interface OwnOtlpTarget {
  /** With the signal's path. */
  readonly url: string;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly compression: "gzip" | "none";
  readonly timeoutMs: number;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** @param patienceMs after which whoever sends no longer waits: no request goes on for longer. */
export function otlpTarget(
  { otlp, otlp_http }: EitherForm,
  signal: "logs" | "metrics",
  patienceMs: number,
): OwnOtlpTarget {
  const settings = otlp ?? otlp_http;
  if (settings === undefined) throw new TypeError("the schema lets no exporter through that is neither");
  const url = new URL(settings.endpoint ?? "http://localhost:4318");
  if (url.pathname === "/") url.pathname = `/v1/${signal}`;
  const pairs = Array.isArray(settings.headers)
    ? settings.headers.map(({ name, value }) => [name, value] as const)
    : Object.entries(settings.headers);
  return {
    url: url.href,
    headers: () =>
      Object.fromEntries(pairs.flatMap(([name, value]) => (value === null ? [] : [[name, value.reveal()]]))),
    compression: settings.compression,
    timeoutMs: Math.min(settings.timeout, patienceMs),
    caFile: otlp === undefined ? otlp_http?.tls.ca_file : otlp.certificate,
    certFile: otlp === undefined ? otlp_http?.tls.cert_file : otlp.client_certificate,
    keyFile: otlp === undefined ? otlp_http?.tls.key_file : otlp.client_key,
  };
}
