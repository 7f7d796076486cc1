import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { clientFor } from "#test/support/http-client-for.ts";
import { drip, onRequest } from "#test/support/raw-http.ts";
import { startTcp } from "#test/support/start-tcp.ts";

const BROKEN: [name: string, serve: (socket: Socket) => void, message: RegExp][] = [
  ["closes without a word", (socket) => socket.end(), /did not answer: socket hang up/],
  ["resets", (socket) => socket.resetAndDestroy(), /did not answer/],
  ["speaks another protocol", (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"), /does not speak HTTP/],
  ["breaks off in the head", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-le"), /did not answer/],
  [
    "breaks off in the body",
    (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    /did not answer/,
  ],
  [
    "breaks off in a chunk",
    (socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhalf"),
    /did not answer/,
  ],
  [
    "resets in the middle of the answer",
    (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", () => socket.resetAndDestroy()),
    /did not answer/,
  ],
  [
    "sends huge headers",
    (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`),
    /headers that are too large/,
  ],
  [
    "wants another protocol",
    (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
    /did not answer/,
  ],
];

for (const [name, serve, message] of BROKEN) {
  test(`a server that ${name} is tried again, and no connection is left`, async (t) => {
    await using server = await startTcp((socket) => onRequest(socket, () => serve(socket)));
    const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
    await assert.rejects(post(), { name: "RetryableError", code: "http_unavailable", message });
    await server.untilQuiet();
    assert.equal(server.connections, 1);
  });
}

const SLOW: [name: string, serve: (socket: Socket) => void][] = [
  ["accepts and says nothing", () => {}],
  [
    "drips its headers",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      drip(socket, "x-a: b\r\n");
    },
  ],
  [
    "drips its body",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n");
      drip(socket, ".");
    },
  ],
  ["says for ever that it goes on", (socket) => drip(socket, "HTTP/1.1 100 Continue\r\n\r\n")],
];

for (const [name, serve] of SLOW) {
  test(`a server that ${name} is left when the time is over`, async (t) => {
    await using server = await startTcp((socket) => onRequest(socket, () => serve(socket)));
    const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
    await assert.rejects(post("x", AbortSignal.timeout(60)), { name: "TimeoutError" });
    await server.untilQuiet();
  });
}

test("a server that refuses before it has read everything, and closes, is understood", async (t) => {
  const refusal = "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 5\r\nconnection: close\r\n\r\nlarge";
  await using server = await startTcp((socket) => socket.once("data", () => socket.end(refusal)));
  const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
  const { status, body } = await post(Buffer.alloc(8_000_000));
  assert.equal(status, 413);
  assert.equal(body.toString(), "large");
  await server.untilQuiet();
});

test("a server that answers early and never reads the rest does not keep the connection", async (t) => {
  const peer = Promise.withResolvers<Socket>();
  await using server = await startTcp((socket) => {
    socket.once("data", () => {
      socket.pause();
      socket.write("HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n");
      peer.resolve(socket);
    });
  });
  const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
  assert.equal((await post(Buffer.alloc(8_000_000))).status, 429);
  (await peer.promise).resume(); // only who reads sees a connection close
  await server.untilQuiet();
});

test("of a refusal that breaks off the status counts", async (t) => {
  await using server = await startTcp((socket) =>
    onRequest(socket, () => socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\nhalf")),
  );
  const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
  const { status, body, cut } = await post();
  assert.deepEqual([status, body.toString(), cut], [400, "half", true]);
});

test("an endless answer is read up to the limit", async (t) => {
  await using server = await startTcp((socket) =>
    onRequest(socket, () => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      drip(socket, `10000\r\n${"y".repeat(0x10000)}\r\n`);
    }),
  );
  const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
  const { body, cut } = await post();
  assert.equal(body.length, 65_536);
  assert.ok(cut);
  await server.untilQuiet();
});

test("a hundred failures of every kind leave no connection behind", async (t) => {
  const kinds = [...BROKEN, ...SLOW];
  await using server = await startTcp((socket, number) =>
    onRequest(socket, () => kinds[number % kinds.length]![1](socket)),
  );
  const { post } = await clientFor(t, `http://127.0.0.1:${server.port}/`);
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => post("x", AbortSignal.timeout(300))));
  assert.ok(outcomes.every(({ status }) => status === "rejected"));
  await server.untilQuiet();
  assert.equal(server.open, 0);
});
