import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { freePorts } from "#test/support/free-port.ts";
import { clientFor, clientSchema } from "#test/support/http-client-for.ts";
import { onRequest, RAW_OK } from "#test/support/raw-http.ts";
import { startHttp } from "#test/support/start-http.ts";
import { startTcp } from "#test/support/start-tcp.ts";

test("nobody who listens, and a name that does not exist, are tried again", async (t) => {
  const closed = await clientFor(t, `http://localhost:${(await freePorts(1))[0]}/`);
  await assert.rejects(closed.post(), { code: "http_unavailable", message: /ECONNREFUSED/ });
  const nameless = await clientFor(t, "http://no-such-host.invalid/");
  await assert.rejects(nameless.post(), { code: "http_unavailable", message: /no-such-host\.invalid did not answer/ });
});

test("a server without TLS behind an https address is named as such", async (t) => {
  await using server = await startHttp([{ status: 200 }]);
  const { post } = await clientFor(t, `https://127.0.0.1:${server.port}/`);
  await assert.rejects(post(), { code: "http_unavailable", message: /does not speak TLS/ });
});

test("an abort ends a request that waits for its turn, and the others go on", async (t) => {
  await using server = await startHttp(["hang"]);
  const { post } = await clientFor(t, server.url, { max_conns_per_host: 1 });
  const first = new AbortController();
  const second = new AbortController();
  const waiting = [post("a", first.signal), post("b", second.signal)];
  await server.untilRequests(1);
  second.abort(new Error("no longer wanted"));
  await assert.rejects(waiting[1]!, /no longer wanted/);
  first.abort();
  await assert.rejects(waiting[0]!, { name: "AbortError" });
  assert.equal(server.requests.length, 1);
  await assert.rejects(post("c", AbortSignal.abort()), { name: "AbortError" });
});

test("a connection that the server closed just when it was used again is no failure", async (t) => {
  await using server = await startTcp((socket, connection) =>
    onRequest(socket, (number) => (number === 2 && connection === 1 ? socket.resetAndDestroy() : socket.write(RAW_OK))),
  );
  const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
  for (let n = 0; n < 3; n++) assert.equal((await post()).status, 200);
  assert.equal(server.connections, 2);
});

test("a fresh connection that is reset is a failure at once, and one that breaks in mid-answer as well", async (t) => {
  await using server = await startTcp((socket) =>
    onRequest(socket, (number) => {
      if (number === 1) socket.write(RAW_OK);
      else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", () => socket.resetAndDestroy());
    }),
  );
  const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
  await post();
  await assert.rejects(post(), { code: "http_unavailable" });
  assert.equal(server.connections, 1);
});

test("connections are used again, and no more of them are opened than allowed", async (t) => {
  await using server = await startTcp((socket) => onRequest(socket, () => socket.write(RAW_OK)));
  const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`, { max_conns_per_host: 2 });
  await Promise.all(Array.from({ length: 20 }, () => post()));
  assert.equal(server.connections, 2);
});

test("an unused connection is closed after idle_conn_timeout, and at once without keep-alive", async (t) => {
  await using server = await startTcp((socket) => onRequest(socket, () => socket.write(RAW_OK)));
  const url = `http://127.0.0.1:${server.port}/`;
  await (await clientFor(t, url, { idle_conn_timeout: "20ms" })).post();
  await server.untilQuiet();
  await (await clientFor(t, url, { disable_keep_alives: true })).post();
  await server.untilQuiet();
});

test("shutdown ends what is under way, and closes what is open", async (t) => {
  await using server = await startTcp((socket) => onRequest(socket, (number) => number === 1 && socket.write(RAW_OK)));
  const { client, post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
  await post();
  const hanging = assert.rejects(post(), { name: "RetryableError" });
  await client.shutdown();
  await client.shutdown();
  await hanging;
  await server.untilQuiet();
  await assert.rejects(post(), { code: "http_unavailable" });
});

test("bodies are compressed as the settings say, and the server is told", async (t) => {
  await using server = await startHttp([{ status: 200 }]);
  const body = "tidb ".repeat(10_000);
  for (const raw of [
    {},
    { compression: "gzip", compression_params: { level: 9 } },
    { compression: "zstd" },
    { compression: "zstd", compression_params: { level: 19 } },
    { compression: "none" },
  ])
    await (await clientFor(t, server.url, { compression: "gzip", ...raw })).post(body);
  const encodings = server.requests.map(({ headers }) => headers["content-encoding"]);
  assert.deepEqual(encodings, ["gzip", "gzip", "zstd", "zstd", undefined]);
  for (const request of server.requests) {
    const encoding = request.headers["content-encoding"];
    const plain =
      encoding === "gzip"
        ? gunzipSync(request.body)
        : encoding === "zstd"
          ? zstdDecompressSync(request.body)
          : request.body;
    assert.equal(plain.toString(), body);
    assert.equal(request.headers["content-length"], String(request.body.length));
    if (encoding !== undefined) assert.ok(request.body.length < 500, String(request.body.length));
  }
});

test("headers go out with every request, and secret ones in the clear are warned of", async (t) => {
  await using server = await startHttp([{ status: 302, headers: { location: "http://127.0.0.1:1/" } }]);
  const raw = { headers: { Authorization: "Bearer t0psecret", "X-Scope-OrgID": "security" } };
  const local = await clientFor(t, server.url, raw);
  assert.equal((await local.post()).status, 302);
  const [request] = server.requests;
  assert.equal(request?.headers.authorization, "Bearer t0psecret");
  assert.equal(request.headers["x-scope-orgid"], "security");
  assert.match(request.headers["user-agent"] ?? "", /^Tidewatch\//);
  assert.equal(local.context.lines.length, 0);

  const remote = await clientFor(t, "http://collector.example.com/", raw);
  assert.match(remote.context.lines[0]?.sentence ?? "", /in the clear/);
  assert.ok(!JSON.stringify([remote.context.lines, clientSchema.parse(raw)]).includes("t0psecret"));
});
