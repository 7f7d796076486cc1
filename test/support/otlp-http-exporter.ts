import type { TestContext } from "node:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { EMPTY_RESOURCE } from "#core/attributes.ts";
import type { Exporter } from "#core/component.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { decodeProto } from "#test/oracle/otlp-proto.ts";
import { otlpHttpExporter } from "../../exporters/otlp_http/index.ts";
import { type FakeContext, fakeContext } from "./fake-context.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import type { HttpRequest } from "./start-http.ts";

const NEVER = new AbortController().signal;
/** Sent as a header: it must never show up anywhere else. */
export const TOKEN = "t0psecret-token";

export interface Started {
  readonly exporter: Exporter;
  readonly context: FakeContext;
  readonly clock: ManualClock;
}

/** An exporter that is shut down when the test is over; its waits are not left to chance. */
export async function started(t: TestContext, settings: object): Promise<Started> {
  const clock = manualClock();
  const context = fakeContext({ clock });
  const defaults = { retry_on_failure: { randomization_factor: 0 }, headers: { authorization: `Bearer ${TOKEN}` } };
  const exporter = otlpHttpExporter.prepare({ ...defaults, ...settings })(context);
  t.after(() => exporter.shutdown!(AbortSignal.timeout(1000)));
  await exporter.start!(NEVER);
  return { exporter, context, clock };
}

export const batchOf = (...bodies: readonly string[]): ObjectBatch =>
  new ObjectBatch(
    EMPTY_RESOURCE,
    bodies.map((body) => ({ body })),
  );

interface Sent {
  resourceLogs: { scopeLogs: { logRecords: { body: { stringValue: string } }[] }[] }[];
}

/** The texts of the records in a request, whatever its encoding and compression. */
export function bodiesOf({ body, headers }: HttpRequest): string[] {
  const encoding = headers["content-encoding"];
  const plain = encoding === "gzip" ? gunzipSync(body) : encoding === "zstd" ? zstdDecompressSync(body) : body;
  const json = headers["content-type"] === "application/json";
  const sent = (json ? JSON.parse(plain.toString()) : decodeProto("ExportLogsServiceRequest", plain)) as Sent;
  return sent.resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords.map((record) => record.body.stringValue)),
  );
}

/** Everything that a line shows: errors do not show up in JSON by themselves. */
export function lineText({ lines }: FakeContext): string {
  return lines
    .map(({ fields }) => `${String((fields.error as Error | undefined)?.message)} ${JSON.stringify(fields)}`)
    .join();
}
