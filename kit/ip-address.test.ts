import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import { createRandom } from "#test/oracle/random.ts";
import { type IpAddress, parseIpAddress, parseIpNetwork } from "./ip-address.ts";

const NOT_ADDRESSES = [
  "",
  "localhost",
  "0",
  "127.1",
  "0x7f.1",
  "0x7f.0.0.1",
  "2130706433",
  "010.0.0.1",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "1.2.3.-4",
  "1.2.3.+4",
  "1.2.3. 4",
  "1..2.3",
  "10.0.0.1\n",
  " 10.0.0.1",
  "10.0.0.1\u0000",
  "10.0.0.1:4000",
  "10.0.0.1; show info",
  "10.0.0.0/8",
  "１０.0.0.1",
  "fe80::1%eth0",
  "[::1]",
  ":",
  ":::",
  "1::2::3",
  ":1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "12345::",
  "::g",
  "::1.2.3",
  "::1.2.3.04",
  "1.2.3.4::",
  "::1.2.3.4:5",
  "::ffff:0:0:0:0:0:0:10.0.0.1",
  "1".repeat(1_000_000),
];

for (const text of NOT_ADDRESSES) {
  test(`${JSON.stringify(text.slice(0, 40))} is not an address`, () => {
    assert.equal(parseIpAddress(text), undefined);
  });
}

const CANONICAL: [given: string, canonical: string][] = [
  ["10.0.0.1", "10.0.0.1"],
  ["255.255.255.255", "255.255.255.255"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::FFFF:0a00:0001", "10.0.0.1"],
  ["0:0:0:0:0:ffff:10.0.0.1", "10.0.0.1"],
  ["::10.0.0.1", "::a00:1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
];

for (const [given, canonical] of CANONICAL) {
  test(`${given} is ${canonical}, and that is a fixed point`, () => {
    assert.equal(parseIpAddress(given)?.text, canonical);
    assert.equal(parseIpAddress(canonical)?.text, canonical);
  });
}

type Kind = "isLoopback" | "isPrivate" | "isUnspecified" | "isMulticast" | "isLinkLocal";
const KINDS: Kind[] = ["isLoopback", "isPrivate", "isUnspecified", "isMulticast", "isLinkLocal"];

const EXAMPLES: [text: string, kind: Kind | undefined][] = [
  ["127.0.0.1", "isLoopback"],
  ["127.255.255.255", "isLoopback"],
  ["::ffff:127.0.0.1", "isLoopback"],
  ["::1", "isLoopback"],
  ["::2", undefined],
  ["10.255.0.1", "isPrivate"],
  ["172.15.255.255", undefined],
  ["172.16.0.0", "isPrivate"],
  ["172.31.255.255", "isPrivate"],
  ["172.32.0.0", undefined],
  ["192.168.1.1", "isPrivate"],
  ["192.169.1.1", undefined],
  ["100.64.0.1", "isPrivate"],
  ["100.128.0.1", undefined],
  ["fd12::1", "isPrivate"],
  ["fe00::1", undefined],
  ["0.0.0.0", "isUnspecified"],
  ["0.1.2.3", "isUnspecified"],
  ["::", "isUnspecified"],
  ["224.0.0.1", "isMulticast"],
  ["239.255.255.255", "isMulticast"],
  ["240.0.0.1", undefined],
  ["255.255.255.255", "isMulticast"],
  ["ff02::1", "isMulticast"],
  ["169.254.169.254", "isLinkLocal"],
  ["fe80::1", "isLinkLocal"],
  ["febf::1", "isLinkLocal"],
  ["fec0::1", undefined],
  ["203.0.113.9", undefined],
  ["2001:db8::1", undefined],
];

for (const [text, kind] of EXAMPLES) {
  test(`${text} is ${kind ?? "an ordinary address"}`, () => {
    const parsed = address(text);
    assert.deepEqual(
      KINDS.filter((name) => parsed[name]),
      kind === undefined ? [] : [kind],
    );
  });
}

for (const text of ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/8/8", "/8"]) {
  test(`${text} is not a network`, () => assert.equal(parseIpNetwork(text), undefined));
}

for (const text of ["2001:db8::1/32", "::/129", "::ffff:0:0/95", "localhost/8", "10.0.0.0/255.0.0.0", "10/8"]) {
  test(`${text} is not a network`, () => assert.equal(parseIpNetwork(text), undefined));
}

const MEMBERS: [network: string, inside: string[], outside: string[]][] = [
  ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["11.0.0.0", "9.255.255.255", "::a00:0"]],
  ["192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127", "192.0.3.128"]],
  ["203.0.113.9", ["203.0.113.9"], ["203.0.113.8"]],
  ["0.0.0.0/0", ["1.2.3.4"], ["::1"]],
  ["::/0", ["::1", "2001:db8::1"], ["1.2.3.4"]],
  ["2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::1"]],
  ["::ffff:10.0.0.0/104", ["10.1.2.3"], ["11.1.2.3"]],
];

for (const [text, inside, outside] of MEMBERS) {
  test(`${text} contains its own addresses only`, () => {
    const network = parseIpNetwork(text);
    assert.ok(network);
    for (const member of inside) assert.equal(network.contains(address(member)), true, member);
    for (const stranger of outside) assert.equal(network.contains(address(stranger)), false, stranger);
  });
}

test("a network is written canonically", () => {
  assert.equal(parseIpNetwork("2001:DB8:0::/32")?.text, "2001:db8::/32");
  assert.equal(parseIpNetwork("::ffff:10.0.0.0/104")?.text, "10.0.0.0/8");
  assert.equal(parseIpNetwork("::1")?.text, "::1/128");
});

test("what is an address, and how it is written, agrees with the platform's own parsers", () => {
  const random = createRandom(1);
  const pick = (texts: string): string => texts[Math.floor(random() * texts.length)] as string;
  let addresses = 0;
  for (let i = 0; i < 50_000; i++) {
    const groups = Array.from({ length: 3 + Math.floor(random() * 7) }, () =>
      random() < 0.6 ? "0" : pick("1f0") + pick("a0"),
    );
    if (random() < 0.5) groups[Math.floor(random() * groups.length)] = "";
    const text = groups.join(random() < 0.2 ? "." : ":") + (random() < 0.2 ? pick(":.%0") : "");
    const parsed = parseIpAddress(text);
    assert.equal(parsed !== undefined, isIP(text) !== 0, text);
    if (parsed?.family !== 6) continue;
    addresses++;
    assert.equal(`[${parsed.text}]`, new URL(`http://[${text}]/`).hostname, text);
  }
  assert.ok(addresses > 1000, `only ${addresses} addresses`);
});

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  assert.ok(parsed, text);
  return parsed;
}
