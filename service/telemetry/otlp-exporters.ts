import { readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { errorMessage, TidewatchError } from "#core/errors.ts";
import type { OwnOtlpTarget } from "../config/own-otlp-schema.ts";
import type { ExportResult, OpenExporter } from "./push-exporter.ts";

/** Requests at once: an outage must not pile them up. */
const MAX_REQUESTS = 2;

interface SdkOptions {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly timeoutMillis: number;
  readonly compression: "gzip" | "none";
  readonly concurrencyLimit: number;
  readonly httpAgentOptions: () => HttpAgent;
}

interface SdkExporter<T> {
  export(items: T, done: (result: ExportResult) => void): void;
}

/** Opens an exporter of the SDK, which says how the bytes look and when a request is repeated. */
export async function openOtlp<T>(
  target: OwnOtlpTarget,
  create: (options: SdkOptions) => Promise<SdkExporter<T>>,
): Promise<OpenExporter<T>> {
  const agent = await agentFor(target);
  const exporter = await create({
    url: target.url,
    headers: { ...target.headers() },
    timeoutMillis: target.timeoutMs,
    compression: target.compression,
    concurrencyLimit: MAX_REQUESTS,
    httpAgentOptions: () => agent,
  });
  return {
    export: (items, done) => exporter.export(items, done),
    cut: () => agent.destroy(),
  };
}

async function agentFor({ url, caFile, certFile, keyFile }: OwnOtlpTarget): Promise<HttpAgent> {
  if (new URL(url).protocol === "http:") return new HttpAgent({ keepAlive: true });
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readPem));
  return new HttpsAgent({
    keepAlive: true,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}

async function readPem(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new TidewatchError(`own telemetry cannot be sent: ${errorMessage(error)}`, {
      cause: error,
      code: "telemetry_tls",
    });
  }
}
