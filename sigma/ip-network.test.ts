import assert from "node:assert/strict";
import { test } from "node:test";
import { compileNetwork } from "./ip-network.ts";

function contains(network: string, address: string): boolean {
  const test = compileNetwork(network);
  assert.ok(typeof test === "function", String(test));
  return test(address);
}

test("networks contain their addresses up to the borders", () => {
  const cases: [network: string, address: string, contained: boolean][] = [
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["2001:db8::/32", "2001:DB8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::", false],
    ["::/0", "::1", true],
    ["::ffff:10.0.0.0/8", "10.0.0.1", true],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["fe80::/10", "fe80::1%eth0", true],
    ["10.0.0.0/8", "::ffff:a01:203", true],
  ];
  for (const [network, address, contained] of cases) {
    assert.equal(contains(network, address), contained, `${address} in ${network}`);
  }
});

test("text that is not an address alone is in no network", () => {
  for (const address of [
    "",
    "10.0.0.1:4000",
    "10.0.0",
    "10.0.0.256",
    "010.0.0.1",
    "1:2:3",
    "::1::",
    "g::1",
    "localhost",
  ]) {
    assert.equal(contains("0.0.0.0/0", address), false, address);
    assert.equal(contains("::/0", address), false, address);
  }
});

test("what is no network says why", () => {
  const cases: [network: string, reason: RegExp][] = [
    ["10.0.0.1/8", /host bits/],
    ["2001:db8::1/32", /host bits/],
    ["10.0.0.0/33", /prefix length from 0 to 32/],
    ["10.0.0.0/", /prefix length/],
    ["10.0.0.0/8/8", /not a network/],
    ["here", /not a network/],
  ];
  for (const [network, reason] of cases) assert.match(String(compileNetwork(network)), reason, network);
});
