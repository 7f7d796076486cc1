import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "#core/errors.ts";
import { startBulkServer } from "#test/support/bulk-server.ts";
import { asideOf, batchOf, errorOf, started, textOf } from "#test/support/elasticsearch-exporter.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { startHttp } from "#test/support/start-http.ts";
import { elasticsearchExporter } from "./index.ts";

const NEVER = new AbortController().signal;
const PASSWORD = "pa55word-secret";

const WRONG: [settings: object, at: string][] = [
  [{}, "endpoint"],
  [{ endpoint: "http://a", endpoints: ["http://b"] }, "endpoint"],
  [{ endpoints: ["es:9200"] }, "endpoints::0"],
  [{ endpoint: "http://a/?x=1" }, "endpoint"],
  [{ endpoint: "http://a", user: "elastic" }, "user"],
  [{ endpoint: "http://a", user: "u:x", password: "p" }, "user"],
  [{ endpoint: "http://a", user: "u", password: "p", api_key: "k" }, "api_key"],
  [{ endpoint: "http://a", api_key: "k", headers: { Authorization: "x" } }, "api_key"],
  [{ endpoint: "http://a", mapping: { mode: "raw" } }, "mapping::mode"],
  [{ endpoint: "http://a", compression: "zstd" }, "compression"],
  [{ endpoint: "http://a", retry: { enabled: true } }, "retry"],
];

for (const [settings, at] of WRONG) {
  test(`${JSON.stringify(settings)} is refused at ${at}`, () => {
    assert.throws(
      () => elasticsearchExporter.prepare(settings),
      (error: Error) => error instanceof ConfigError && error.issues.some(({ path }) => path.join("::") === at),
    );
  });
}

test("each record is one document in its order, in a compressed bulk request to the data stream", async (t) => {
  await using server = await startBulkServer();
  const { exporter, context } = await started(t, { endpoint: `${server.url}/es/`, pipeline: "geo ip" });
  await exporter.consume(batchOf("one", "größe", "three"), NEVER);
  assert.deepEqual(server.stored.map(textOf), ["one", "größe", "three"]);
  const [request] = server.requests;
  const url = new URL(request!.url, server.url);
  assert.equal(url.pathname, "/es/logs-generic.otel-default/_bulk");
  assert.equal(url.searchParams.get("pipeline"), "geo ip");
  assert.equal(url.searchParams.get("filter_path"), "errors,items.*.status,items.*.error.type,items.*.error.reason");
  assert.equal(request?.headers["content-type"], "application/x-ndjson");
  assert.equal(request.headers["content-encoding"], "gzip");
  assert.equal(request.headers.authorization, undefined);
  assert.deepEqual([context.lines, context.rejected], [[], []]);
});

test("the login is a user with a password or an API key", async (t) => {
  await using server = await startBulkServer();
  for (const settings of [{ user: "elastic", password: PASSWORD }, { api_key: "aWQ6a2V5" }])
    await (await started(t, { endpoint: server.url, ...settings })).exporter.consume(batchOf("x"), NEVER);
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.authorization),
    [`Basic ${Buffer.from(`elastic:${PASSWORD}`).toString("base64")}`, "ApiKey aWQ6a2V5"],
  );
});

test("an answer that is longer than is read halves the request", async (t) => {
  const huge = "x".repeat(300_000);
  await using server = await startBulkServer(undefined, (usual, request) =>
    request === 1 ? { status: 200, body: huge } : usual,
  );
  const { exporter, context } = await started(t, { endpoint: server.url });
  await exporter.consume(batchOf("a", "b"), NEVER);
  assert.deepEqual(
    server.batches.map((documents) => documents.map(textOf)),
    [["a", "b"], ["a"], ["b"]],
  );
  assert.deepEqual(context.rejected, []);
});

test("413 halves the request down to the document that is too large", async (t) => {
  await using small = await startHttp((request) =>
    request.body.length > 1000 ? { status: 413 } : { status: 200, body: '{"items":[{"create":{"status":201}}]}' },
  );
  const { exporter, context } = await started(t, { endpoint: small.url, compression: "none" });
  await exporter.consume(batchOf("a", "x".repeat(2000)), NEVER);
  assert.deepEqual(
    asideOf(context).map(([bodies, code]) => [bodies.length, code]),
    [[1, "too_large"]],
  );
  assert.equal(small.requests.length, 3);
});

const REQUEST_LEVEL: [status: number, waitMs: number][] = [
  [429, 7000],
  [503, 7000],
  [500, 7000],
  [401, 30_000],
  [403, 30_000],
  [404, 30_000],
];

for (const [status, waitMs] of REQUEST_LEVEL) {
  test(`${status} for the request: the batch is sent again after ${waitMs} ms, the password is in no line`, async (t) => {
    const headers = { "retry-after": "7" };
    await using server = await startBulkServer(undefined, (usual, request) =>
      request === 1 ? { status, headers, body: `elastic:${PASSWORD}` } : usual,
    );
    const login = { user: "elastic", password: PASSWORD };
    const { exporter, context, clock } = await started(t, { endpoint: server.url, ...login });
    const done = exporter.consume(batchOf("x"), NEVER);
    await clock.untilSleeping();
    await clock.advance(waitMs - 1);
    assert.equal(server.batches.length, 1);
    await clock.advance(1);
    await done;
    const text = errorOf(context);
    assert.ok(text.includes(String(status)) && !text.includes(PASSWORD), text);
  });
}

test("400 for the request sets the batch aside", async (t) => {
  await using server = await startHttp([{ status: 400, body: '{"error":"invalid_index_name_exception"}' }]);
  const { exporter, context } = await started(t, { endpoint: server.url });
  await exporter.consume(batchOf("x"), NEVER);
  assert.match(asideOf(context)[0]?.[2] ?? "", /answered 400 Bad Request: .*invalid_index_name/);
});

test("a node that is away costs one attempt: the next goes to the next endpoint", async (t) => {
  await using server = await startBulkServer();
  const { exporter, clock } = await started(t, { endpoints: ["http://127.0.0.1:1", server.url] });
  const done = exporter.consume(batchOf("x"), NEVER);
  await clock.untilSleeping();
  await clock.advance(1000);
  await done;
  assert.equal(server.stored.length, 1);
});

test("shutdown before start, and twice, is safe", async () => {
  const exporter = elasticsearchExporter.prepare({ endpoint: "https://127.0.0.1:1" })(fakeContext());
  const deadline = AbortSignal.timeout(1000);
  await exporter.shutdown!(deadline);
  await exporter.start!(deadline);
  await exporter.shutdown!(deadline);
  await exporter.shutdown!(deadline);
});
