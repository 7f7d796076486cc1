import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComponentStatus, Host } from "#core/status.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { healthCheckExtension } from "./index.ts";

const OK: ComponentStatus = { status: "StatusOK", sinceMs: 0, error: undefined };
const AWAY: ComponentStatus = { status: "StatusRecoverableError", sinceMs: 0, error: "connection refused" };

interface Board extends Host {
  ready: boolean;
  readonly statuses: Map<string, ComponentStatus>;
}

function board(): Board {
  const parts = ["receiver:file_log", "processor:detect", "exporter:kafka", "extension:health_check"];
  const statuses = new Map(parts.map((part) => [part, OK]));
  return {
    ready: true,
    startedMs: 0,
    version: "0",
    statuses,
    statusOf: ({ kind, id }) => statuses.get(`${kind}:${id}`),
    pipelines: new Map([["logs", { receivers: ["file_log"], processors: ["detect"], exporters: ["kafka"] }]]),
    extensions: ["health_check"],
    memoryBytes: () => 0,
    memoryLimitBytes: 2 ** 30,
  };
}

/** Starts the extension on a free port and hands over what asks it. */
async function serve(settings: object, host: Host, clock = manualClock()) {
  const context = fakeContext({ id: "health_check", host, clock });
  const extension = healthCheckExtension.prepare({ endpoint: "127.0.0.1:0", ...settings })(context);
  await extension.start?.(AbortSignal.timeout(5000));
  const port = context.lines.find(({ sentence }) => sentence === "health pages are served")?.fields["port"];
  return {
    get: (path: string) => fetch(`http://127.0.0.1:${String(port)}${path}`),
    [Symbol.asyncDispose]: async () => extension.shutdown?.(AbortSignal.timeout(5000)),
  };
}

test("ready while everything runs, not before and not while it stops; alive all the time", async () => {
  const host = board();
  await using health = await serve({}, host);
  assert.equal((await health.get("/")).status, 200);
  assert.equal(((await (await health.get("/ready")).json()) as { status: string }).status, "Server available");
  host.ready = false;
  assert.equal((await health.get("/")).status, 503);
  assert.equal((await health.get("/health/status")).status, 503);
  assert.equal((await health.get("/live")).status, 200);
});

test("the status page shows each component under its pipeline, and the worst of them above", async () => {
  const host = board();
  host.statuses.set("exporter:kafka", AWAY);
  await using health = await serve({}, host);
  const response = await health.get("/health/status");
  assert.equal(response.status, 200, "by default an error that may pass is healthy");
  const body = (await response.json()) as { status: string; error: string; components: Record<string, never> };
  assert.equal(body.status, "StatusRecoverableError");
  assert.equal(body.error, "connection refused");
  const pipeline = body.components["pipeline:logs"] as { components: Record<string, { status: string }> } | undefined;
  assert.deepEqual(Object.keys(pipeline?.components ?? {}), [
    "receiver:file_log",
    "processor:detect",
    "exporter:kafka",
  ]);
  const one = await health.get("/health/status?pipeline=logs");
  assert.deepEqual(((await one.json()) as { components: object }).components, pipeline?.components);
  assert.equal((await health.get("/health/status?pipeline=none")).status, 404);
});

test("a receiver and an exporter of the same name are told apart", async () => {
  const host = board();
  host.statuses.set("receiver:kafka", AWAY);
  const pipelines = new Map([["logs", { receivers: ["kafka"], processors: [], exporters: ["kafka"] }]]);
  await using health = await serve({}, { ...host, pipelines });
  const { components } = (await (await health.get("/health/status?pipeline=logs")).json()) as {
    components: Record<string, { status: string }>;
  };
  assert.equal(components["receiver:kafka"]?.status, "StatusRecoverableError");
  assert.equal(components["exporter:kafka"]?.status, "StatusOK");
});

test("an error that lasts longer than recovery_duration is unhealthy, when that is wanted", async () => {
  const host = board();
  host.statuses.set("exporter:kafka", AWAY);
  const clock = manualClock(0);
  const settings = { component_health: { include_recoverable_errors: true, recovery_duration: "5m" } };
  await using health = await serve(settings, host, clock);
  assert.equal((await health.get("/")).status, 200);
  await clock.advance(300_001);
  assert.equal((await health.get("/")).status, 503);
  assert.equal((await health.get("/health/status")).status, 500);
  host.statuses.set("exporter:kafka", OK);
  assert.equal((await health.get("/")).status, 200);
});

test("a component that gave up is unhealthy only when that is wanted, and the texts are the operator's", async () => {
  const host = board();
  host.statuses.set("exporter:kafka", { ...AWAY, status: "StatusPermanentError" });
  const response_body = { healthy: "fine", unhealthy: "not fine" };
  await using lenient = await serve({ response_body }, host);
  assert.equal(await (await lenient.get("/")).text(), "fine");
  await using strict = await serve({ response_body, component_health: { include_permanent_errors: true } }, host);
  assert.equal(await (await strict.get("/")).text(), "not fine");
});

test("an address in use is an error that names the setting; anything but a GET is refused", async () => {
  const host = board();
  await using health = await serve({}, host);
  const { url } = await health.get("/");
  const taken = healthCheckExtension.prepare({ endpoint: new URL(url).host })(fakeContext({ id: "health_check/2" }));
  await assert.rejects(async () => taken.start?.(AbortSignal.timeout(5000)), {
    code: "listen_address",
    message: /is in use: set extensions::health_check\/2::endpoint to another address/,
  });
  assert.equal((await fetch(url, { method: "POST", body: "x" })).status, 405);
});
