import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Redis } from "ioredis";
import { startKafka } from "./kafka.ts";
import { startNetworkNamespace } from "./netns.ts";
import { startRedis } from "./redis.ts";
import { requireService } from "./require-service.ts";
import { startService } from "./service-process.ts";
import { startTidb } from "./tidb.ts";

test("a service that dies at once fails the start, and the message shows what it printed", async () => {
  const command = ["sh", "-c", "echo no such disk >&2; exit 3"] as const;
  await assert.rejects(
    startService({ name: "broken", command: [...command], probe: () => Promise.reject(new Error("no answer")) }),
    (error: Error) => error.message.includes("no such disk") && String(error.cause).includes("exited with 3"),
  );
});

test("a service that never answers is stopped when its time is over", async () => {
  let pid = 0;
  const started = startService({
    name: "mute",
    command: ["sleep", "infinity"],
    startDeadlineMs: 100,
    probe: (_signal, child) => {
      pid = child;
      return Promise.reject(new Error("no answer"));
    },
  });
  await assert.rejects(started, /mute did not start/);
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});

test("a program that does not exist fails the start", async () => {
  const started = startService({ name: "absent", command: ["/no/such/program"], probe: () => Promise.resolve() });
  await assert.rejects(started, /absent did not start/);
});

test("tidb logs the address that the PROXY header gives", async (t) => {
  if (!requireService(t, "tidb")) return;
  await using tidb = await startTidb();
  await tidb.root("CREATE USER visitor IDENTIFIED BY 'right'");
  await assert.rejects(tidb.connect({ user: "visitor", password: "wrong", from: "203.0.113.7" }), {
    code: "ER_ACCESS_DENIED_ERROR",
  });
  await assert.rejects(tidb.connect({ user: "visitor", password: "wrong", from: "2001:db8::7" }));
  const log = await readFile(tidb.logFile, "utf8");
  assert.match(log, /remote addr"=203\.0\.113\.7:40000/);
  assert.match(log, /remote addr"="\[2001:db8::7\]:40000"/);
});

test("redis with an append-only file keeps over a crash what it has answered", async (t) => {
  if (!requireService(t, "redis")) return;
  await using server = await startRedis({ appendonly: true });
  await withRedis(server.url, (client) => client.set("key", "kept"));
  await server.kill();
  await server.restart();
  assert.equal(await withRedis(server.url, (client) => client.get("key")), "kept");
});

test("kafka comes back with its topics on the same port", async (t) => {
  if (!requireService(t, "kafka") || !requireService(t, "openssl")) return;
  await using broker = await startKafka();
  await broker.createTopic("events");
  await broker.stop();
  await broker.restart();
  await assert.rejects(broker.createTopic("events"), /exists already/);
});

test("a network namespace has its own addresses and its own firewall", async (t) => {
  if (!requireService(t, "nftables")) return;
  await using namespace = await startNetworkNamespace(["198.51.100.7/32"]);
  assert.match(await namespace.run("ip", "addr"), /inet 198\.51\.100\.7/);
  assert.equal(await namespace.run("nft", "list", "ruleset"), "");
});

async function withRedis<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}
