import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { TidewatchError } from "#core/errors.ts";
import { createCertificates } from "#test/support/certificates.ts";
import { freePorts } from "#test/support/free-port.ts";
import { requireService } from "#test/support/require-service.ts";
import { startHttp } from "#test/support/start-http.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { telemetryConfig } from "../config/telemetry-schema.ts";
import { createOwnLog } from "./logger.ts";

const OK = { status: 200 } as const;

/** An own log that is printed to `printed` and sent as the settings of `batch` say. */
async function connected(batch: object, resource: object = {}) {
  const config = telemetryConfig.parse({ logs: { processors: [{ batch }] }, resource });
  const printed: string[] = [];
  const log = createOwnLog(config.logs, { write: (text) => printed.push(text) });
  await log.connect(config);
  return {
    log,
    printed,
    async untilPrinted(text: string): Promise<void> {
      while (!printed.some((line) => line.includes(text))) await setImmediate();
    },
  };
}

const otlpTo = (url: string, more: object = {}) => ({
  schedule_delay: 10,
  exporter: { otlp: { protocol: "http/protobuf", endpoint: url, ...more } },
});

test("a receiver that is away is told of once, on standard error alone, and its return with what was lost", async () => {
  let answer: { status: number } = { status: 400 };
  await using server = await startHttp(() => answer);
  const { log, printed, untilPrinted } = await connected(otlpTo(server.url));
  const logger = log.of("kafka");
  for (let i = 1; i <= 5; i++) {
    logger.info({ i }, "something happened");
    await server.untilRequests(i);
  }
  await untilPrinted("own log cannot be sent");
  answer = OK;
  logger.info({}, "after the outage");
  await untilPrinted("own log can be sent again");
  await log.shutdown(AbortSignal.timeout(5000));
  const about = (words: string): string[] => printed.filter((line) => line.includes(words));
  assert.equal(about("own log cannot be sent").length, 1);
  assert.match(about("own log can be sent again")[0] ?? "", /lost=\d/);
  assert.equal(about("something happened").length, 5);
  for (const { body } of server.requests)
    assert.ok(!body.includes("own log"), "a complaint was sent to where it is from");
  assert.ok(log.lost().sendFailed >= 1);
});

test("while a receiver hangs, records wait up to the bound, more are dropped and counted, and nobody waits for it", async () => {
  await using server = await startHttp(() => "hang");
  const { log } = await connected({ ...otlpTo(server.url), max_queue_size: 10, max_export_batch_size: 10 });
  const logger = log.of(undefined);
  for (let i = 0; i < 1000; i++) logger.info({ i }, "something happened");
  assert.deepEqual(log.lost(), { queueFull: 990, sendFailed: 0 });
  await server.untilRequests(1);
  const begin = performance.now();
  await log.shutdown(AbortSignal.timeout(50));
  assert.ok(performance.now() - begin < 5000, "the end waited for the receiver's time-out");
  assert.deepEqual(log.lost(), { queueFull: 990, sendFailed: 10 });
});

test("records arrive as OTLP with the resource, the component, the headers and what waited at the end", async () => {
  await using server = await startHttp([OK]);
  const { log } = await connected(
    otlpTo(`${server.url}/custom/path`, {
      headers: [
        { name: "authorization", value: "Bearer token" },
        { name: "left-out", value: null },
      ],
      compression: "gzip",
    }),
    { "service.instance.id": null, "deployment.environment.name": "staging" },
  );
  log.of("file/queued").warn({ error: new TidewatchError("disk is full", { code: "enospc" }) }, "queue waits");
  await log.shutdown(AbortSignal.timeout(5000));
  const [request] = server.requests;
  assert.equal(request?.url, "/custom/path");
  assert.equal(request.headers["content-type"], "application/x-protobuf");
  assert.equal(request.headers["authorization"], "Bearer token");
  assert.equal(request.headers["left-out"], undefined);
  const text = gunzipSync(request.body).toString("latin1");
  for (const part of ["service.name", "tidewatch", "service.version", "deployment.environment.name", "staging"])
    assert.ok(text.includes(part), part);
  for (const part of ["otelcol.component.id", "file/queued", "queue waits", "disk is full", "WARN"])
    assert.ok(text.includes(part), part);
  assert.ok(!text.includes("service.instance.id"), "null takes a default away");
});

test("over TLS, with an authority of one's own and our certificate", async (t) => {
  if (!requireService(t, "openssl")) return;
  await using dir = await tempDir();
  const files = await createCertificates(dir.path);
  const tls = {
    cert: await readFile(files.server.cert),
    key: await readFile(files.server.key),
    ca: await readFile(files.ca),
    requestCert: true,
    rejectUnauthorized: true,
  };
  await using server = await startHttp([OK], tls);
  const { log } = await connected({
    exporter: {
      otlp_http: {
        endpoint: server.url,
        tls: { ca_file: files.ca, cert_file: files.client.cert, key_file: files.client.key },
      },
    },
  });
  log.of(undefined).info({}, "hello");
  await log.shutdown(AbortSignal.timeout(5000));
  assert.equal(server.requests[0]?.url, "/v1/logs");
  assert.deepEqual(log.lost(), { queueFull: 0, sendFailed: 0 });
});

test("a certificate that cannot be read stops the start, with its path", async () => {
  const [port = 0] = await freePorts(1);
  const exporter = { otlp_http: { endpoint: `https://localhost:${port}`, tls: { ca_file: join("/no", "such.pem") } } };
  await assert.rejects(connected({ exporter }), { code: "telemetry_tls", message: /\/no\/such\.pem/ });
});

test("long text of a field is cut before it waits", async () => {
  await using server = await startHttp([OK]);
  const { log } = await connected(otlpTo(server.url));
  log.of(undefined).info({ path: "x".repeat(100_000) }, "file cannot be read");
  await log.shutdown(AbortSignal.timeout(5000));
  assert.ok((server.requests[0]?.body.length ?? 0) < 20_000);
});
