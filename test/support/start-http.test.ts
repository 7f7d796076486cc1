import assert from "node:assert/strict";
import { test } from "node:test";
import { startHttp } from "./start-http.ts";

test("requests are answered by the script, the last answer for ever, and remembered", async () => {
  await using server = await startHttp([
    { status: 503, headers: { "retry-after": "1" } },
    { status: 200, body: "ok" },
  ]);
  const post = async (body: string) => fetch(`${server.url}/path?q`, { method: "POST", body });
  const first = await post("a");
  assert.equal(first.headers.get("retry-after"), "1");
  assert.deepEqual([first.status, (await post("b")).status, (await post("c")).status], [503, 200, 200]);
  assert.deepEqual(
    server.requests.map(({ method, url, body }) => [method, url, body.toString()]),
    ["a", "b", "c"].map((body) => ["POST", "/path?q", body]),
  );
});

test("a dropped connection and a hanging answer do not keep the server from closing", async () => {
  const server = await startHttp(["drop", "hang"]);
  await assert.rejects(fetch(server.url));
  const hanging = assert.rejects(fetch(server.url));
  await server.untilRequests(2);
  await server[Symbol.asyncDispose]();
  await hanging;
});
