import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "#core/errors.ts";
import { encodeProto } from "#test/oracle/otlp-proto.ts";
import { type FakeContext, fakeContext } from "#test/support/fake-context.ts";
import { batchOf, bodiesOf, lineText, started, TOKEN } from "#test/support/otlp-http-exporter.ts";
import { drip, onRequest } from "#test/support/raw-http.ts";
import { type HttpAnswer, startHttp } from "#test/support/start-http.ts";
import { startTcp } from "#test/support/start-tcp.ts";
import { otlpHttpExporter } from "./index.ts";

const NEVER = new AbortController().signal;

const WRONG: [settings: object, at: string][] = [
  [{}, "endpoint"],
  [{ endpoint: "collector:4318" }, "endpoint"],
  [{ endpoint: "http://user:pass@collector" }, "endpoint"],
  [{ endpoint: "http://collector/?token=x" }, "endpoint"],
  [{ endpoint: "http://c", encoding: "yaml" }, "encoding"],
  [{ endpoint: "http://c", compression: "lz4" }, "compression"],
  [{ endpoint: "http://c", tls: { min_version: "1.0" } }, "tls::min_version"],
  [{ endpoint: "http://c", proxy_url: "http://p" }, "proxy_url"],
  [{ endpoint: "http://c", auth: { authenticator: "basicauth" } }, "auth"],
];

for (const [settings, at] of WRONG) {
  test(`${JSON.stringify(settings)} is refused at ${at}`, () => {
    assert.throws(
      () => otlpHttpExporter.prepare(settings),
      (error: Error) => error instanceof ConfigError && error.issues.some(({ path }) => path.join("::") === at),
    );
  });
}

test("records arrive in every encoding and compression, at the path of OTLP, with the headers", async (t) => {
  await using server = await startHttp([{ status: 200 }]);
  for (const encoding of ["proto", "json"]) {
    for (const compression of ["gzip", "zstd", "none"]) {
      const { exporter, context } = await started(t, { endpoint: server.url, encoding, compression });
      await exporter.consume(batchOf("one", "größe"), NEVER);
      const request = server.requests.at(-1)!;
      assert.deepEqual(bodiesOf(request), ["one", "größe"]);
      assert.equal(request.headers["content-encoding"], compression === "none" ? undefined : compression);
      assert.equal(
        request.headers["content-type"],
        encoding === "json" ? "application/json" : "application/x-protobuf",
      );
      assert.equal(request.headers.authorization, `Bearer ${TOKEN}`);
      assert.deepEqual([request.method, request.url], ["POST", "/v1/logs"]);
      assert.deepEqual([context.lines, context.rejected], [[], []]);
    }
  }
});

test("a base URL may have a path and a slash at its end, and logs_endpoint is taken as it is", async (t) => {
  await using server = await startHttp([{ status: 200 }]);
  for (const settings of [
    { endpoint: `${server.url}/otlp/` },
    { endpoint: `${server.url}/otlp` },
    { endpoint: "http://127.0.0.1:1", logs_endpoint: `${server.url}/in?tenant=a` },
  ])
    await (await started(t, settings)).exporter.consume(batchOf("x"), NEVER);
  assert.deepEqual(
    server.requests.map(({ url }) => url),
    ["/otlp/v1/logs", "/otlp/v1/logs", "/in?tenant=a"],
  );
});

const BUSY: [name: string, answer: HttpAnswer, waitMs: number][] = [
  ["429 with seconds", { status: 429, headers: { "retry-after": "7" } }, 7000],
  ["429 with a date", { status: 429, headers: { "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" } }, 9000],
  ["503 without a time", { status: 503, body: "no healthy upstream" }, 1000],
  ["502", { status: 502 }, 1000],
  ["504", { status: 504 }, 1000],
  ["503 with a year", { status: 503, headers: { "retry-after": "31536000" } }, 3_600_000],
  ["401", { status: 401, body: `{"error":"bad token ${TOKEN}"}` }, 30_000],
  ["404", { status: 404 }, 30_000],
  ["a redirect", { status: 307, headers: { location: `http://127.0.0.1:1/?${TOKEN}` } }, 30_000],
  ["a connection that drops", "drop", 1000],
];

for (const [name, answer, waitMs] of BUSY) {
  test(`${name}: the same records are sent again after ${waitMs} ms, said once and without the token`, async (t) => {
    await using server = await startHttp([answer, answer, { status: 200 }]);
    const { exporter, context, clock } = await started(t, { endpoint: server.url, encoding: "json" });
    const done = exporter.consume(batchOf("a", "b"), NEVER);
    await clock.untilSleeping();
    await clock.advance(waitMs - 1);
    assert.equal(server.requests.length, 1);
    await clock.advance(1);
    await clock.untilSleeping();
    await clock.advance(Math.max(waitMs, 1500));
    await done;
    assert.deepEqual(
      server.requests.map(bodiesOf),
      [1, 2, 3].map(() => ["a", "b"]),
    );
    assert.equal(context.lines.length, 1);
    assert.equal(context.rejected.length, 0);
    assert.ok(!lineText(context).includes(TOKEN), lineText(context));
    assert.deepEqual(context.statuses, ["StatusRecoverableError", "StatusOK"]);
  });
}

test("the line about a redirect says where it leads", async (t) => {
  await using server = await startHttp([{ status: 301, headers: { location: "https://elsewhere.example.com/" } }]);
  const { exporter, context } = await started(t, { endpoint: server.url });
  const stop = new AbortController();
  const done = assert.rejects(exporter.consume(batchOf("x"), stop.signal));
  await context.untilWarned();
  assert.match(lineText(context), /301 Moved Permanently, a redirect that is not followed, to https:\/\/elsewhere/);
  stop.abort();
  await done;
  assert.equal(server.requests.length, 1);
});

const SLOW: [name: string, behave: (send: (text: string) => void, drip: (text: string) => void) => void][] = [
  ["hangs", () => {}],
  ["breaks off and hangs", (send) => send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")],
  [
    "drips its answer",
    (send, drip) => {
      send("HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n");
      drip(".");
    },
  ],
];

for (const [name, behave] of SLOW) {
  test(`a receiver that ${name} ends in the time-out, and the records are sent again`, async (t) => {
    await using server = await startTcp((socket) =>
      socket.once("data", () =>
        behave(
          (text) => socket.write(text),
          (text) => drip(socket, text),
        ),
      ),
    );
    const endpoint = `http://127.0.0.1:${server.port}`;
    const { exporter, context, clock } = await started(t, { endpoint, timeout: "40ms" });
    const stop = new AbortController();
    const done = assert.rejects(exporter.consume(batchOf("x"), stop.signal));
    await clock.untilSleeping();
    assert.match(lineText(context), /time-out/);
    await server.untilQuiet();
    stop.abort();
    await done;
    assert.equal(context.rejected.length, 0);
  });
}

test("a receiver that takes the records and then breaks off gets them again", async (t) => {
  await using server = await startTcp((socket, number) =>
    socket.once("data", () =>
      number === 1
        ? socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        : socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    ),
  );
  const { exporter, clock } = await started(t, { endpoint: `http://127.0.0.1:${server.port}` });
  const done = exporter.consume(batchOf("x"), NEVER);
  await clock.untilSleeping();
  await clock.advance(1000);
  await done;
  assert.equal(server.connections, 2);
});

test("413 halves the batch down to the record that is too large, and the others arrive", async (t) => {
  await using server = await startHttp((request) => ({ status: bodiesOf(request).includes("large") ? 413 : 200 }));
  const { exporter, context } = await started(t, { endpoint: server.url });
  await exporter.consume(batchOf("a", "b", "large", "c"), NEVER);
  assert.deepEqual(server.requests.map(bodiesOf), [
    ["a", "b", "large", "c"],
    ["a", "b"],
    ["large", "c"],
    ["large"],
    ["c"],
  ]);
  assert.deepEqual(
    context.rejected.map(({ records, reason }) => [[...records].map(({ body }) => body), reason.code]),
    [[["large"], "too_large"]],
  );
});

for (const status of [400, 403, 422, 500, 501]) {
  test(`${status} is final: the batch is set aside with the status and the receiver's words`, async (t) => {
    const body = encodeProto("Status", { code: 3, message: `no, ${TOKEN}\u001b[0m` });
    await using server = await startHttp([{ status, headers: { "content-type": "application/x-protobuf" }, body }]);
    const { exporter, context } = await started(t, { endpoint: server.url });
    await exporter.consume(batchOf("a", "b"), NEVER);
    assert.equal(server.requests.length, 1);
    assert.equal(context.rejected.length, 1);
    const [{ records, reason }] = context.rejected as [FakeContext["rejected"][number]];
    assert.equal(records.size, 2);
    assert.equal(reason.code, "http_refused");
    assert.match(
      reason.message,
      new RegExp(`^127\\.0\\.0\\.1:\\d+ answered ${status} [^:]+: no, \\[redacted\\]\\\\u001b`),
    );
  });
}

test("an abort ends a request under way at once; the batch is neither safe nor set aside", async (t) => {
  await using server = await startTcp((socket) => onRequest(socket, () => {}));
  const { exporter, context } = await started(t, { endpoint: `http://127.0.0.1:${server.port}`, timeout: "1h" });
  const stop = new AbortController();
  const done = assert.rejects(exporter.consume(batchOf("x"), stop.signal), { name: "AbortError" });
  setImmediate(() => stop.abort());
  await done;
  await server.untilQuiet();
  assert.equal(context.rejected.length, 0);
});

test("shutdown before start, and twice, is safe", async () => {
  const exporter = otlpHttpExporter.prepare({ endpoint: "https://127.0.0.1:1" })(fakeContext());
  const deadline = AbortSignal.timeout(1000);
  await exporter.shutdown!(deadline);
  await exporter.start!(deadline);
  await exporter.shutdown!(deadline);
  await exporter.shutdown!(deadline);
});
