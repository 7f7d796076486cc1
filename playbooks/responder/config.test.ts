import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConfigError } from "#core/errors.ts";
import { responderExtension } from "./index.ts";

function mistakes(raw: unknown): string[] {
  try {
    responderExtension.prepare(raw);
  } catch (error) {
    return (error as ConfigError).issues.map(({ path, message }) => `${path.join("::")}: ${message}`);
  }
  return [];
}

test("an empty configuration is one that only watches", () => {
  assert.deepEqual(mistakes({}), []);
  assert.deepEqual(mistakes(undefined), []);
});

for (const [raw, mistake] of [
  [{ mode: "enforced" }, 'mode: expected one of observe, approve, enforce, got "enforced"'],
  [
    { actions: { "net.blok_ip": {} } },
    'actions::net.blok_ip: unknown action "net.blok_ip", did you mean "net.block_ip"?',
  ],
  [{ modes: { "tidb.lock": "observe" } }, 'modes::tidb.lock: unknown action "tidb.lock"'],
  [{ actions: { "net.block_ip": { portz: [1] } } }, 'actions::net.block_ip::portz: unknown key "portz"'],
  [
    { guards: { proxies: ["10.0.0.1/8"] } },
    'guards::proxies::0: expected an address or a network such as 10.0.0.0/8, got "10.0.0.1/8"',
  ],
  [{ clusters: { main: { endpoint: "db:4000" } } }, "clusters::main::username: "],
  [
    { clusters: { main: { endpoint: "tcp://db:4000/x", username: "r" } } },
    'clusters::main::endpoint: expected host:port, got "tcp://db:4000/x"',
  ],
  [{ sweep_interval: "1ms" }, "sweep_interval: expected at least 100ms"],
] as const) {
  test(`refuses ${JSON.stringify(raw)}`, () => {
    const found = mistakes(raw);
    assert.ok(
      found.some((line) => line.startsWith(mistake)),
      found.join("\n"),
    );
  });
}

test("an endpoint is a host with a port, or a host alone", () => {
  const clusters = { a: { endpoint: "db:4001", username: "r" }, b: { endpoint: "db.internal", username: "r" } };
  assert.deepEqual(mistakes({ clusters: { ...clusters, c: { endpoint: "[fd00::1]:4000", username: "r" } } }), []);
});
