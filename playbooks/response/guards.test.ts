import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpNetwork, parseIpNetwork } from "#kit/ip-address.ts";
import { createGuards } from "./guards.ts";
import { lowestMode, modeForRisk } from "./mode.ts";

const networks = (...texts: string[]): IpNetwork[] => texts.map((text) => parseIpNetwork(text) as IpNetwork);

const guards = createGuards({
  protectedAccounts: ["root", "backup_*"],
  protectedNetworks: networks("192.0.2.0/24", "2001:db8::/32"),
  proxies: networks("10.1.0.0/24"),
  ownAddresses: networks("198.51.100.7"),
});

for (const [what, target, reason] of [
  ["a protected network", { address: "192.0.2.9" }, "192.0.2.9/32 is protected"],
  ["the IPv6 form of a protected IPv4 address", { address: "::ffff:192.0.2.9" }, "192.0.2.9/32 is protected"],
  ["protected IPv6", { a: { b: ["2001:db8:0::1"] } }, "2001:db8::1/128 is protected"],
  ["a network around a protected address", { net: "192.0.0.0/16" }, "192.0.0.0/16 is protected"],
  ["everything", { net: "0.0.0.0/0" }, "0.0.0.0/0 has an address of our own"],
  ["a proxy", { address: "10.1.0.4" }, "10.1.0.4/32 has a proxy in it"],
  ["ourselves", { address: "198.51.100.7" }, "198.51.100.7/32 has an address of our own"],
  ["loopback", { address: "127.9.9.9" }, "127.9.9.9 is a loopback address"],
  [
    "link-local, where clouds keep their metadata",
    { address: "169.254.169.254" },
    "169.254.169.254 is a link-local address",
  ],
  ["a protected account", { user: "root", host: "%" }, "the account is protected"],
  ["a protected account in other letters", { user: "Backup_Nightly" }, "the account is protected"],
  ["a protected account in a list", { user: ["app", "root"] }, "the account is protected"],
] as const) {
  test(`refuses ${what}`, () => assert.equal(guards.refuseTarget(target), reason));
}

test("lets others through", () => {
  assert.equal(guards.refuseTarget({ cluster: "root", user: "app", host: "%", address: "203.0.113.9" }), undefined);
});

test("conditions can ask the same questions", () => {
  assert.deepEqual(
    ["root", "app", "10.1.0.4", "203.0.113.9"].map((value) => guards.protected(value)),
    [true, false, true, false],
  );
  assert.deepEqual(
    ["10.1.0.4", "::ffff:10.1.0.4", "10.1.1.4", "x"].map((value) => guards.isProxy(value)),
    [true, true, false, false],
  );
});

test("the effective mode is the lowest of all ceilings", () => {
  assert.equal(lowestMode("enforce", undefined, "approve"), "approve");
  assert.equal(lowestMode("enforce", "observe", "approve"), "observe");
  assert.equal(lowestMode("enforce", undefined), "enforce");
});

test("destroying always asks, notifying never does, and observe is observe for all", () => {
  assert.deepEqual(
    (["notify", "contain", "destroy"] as const).map((risk) => [
      modeForRisk("enforce", risk),
      modeForRisk("approve", risk),
      modeForRisk("observe", risk),
    ]),
    [
      ["enforce", "enforce", "observe"],
      ["enforce", "approve", "observe"],
      ["approve", "approve", "observe"],
    ],
  );
});
