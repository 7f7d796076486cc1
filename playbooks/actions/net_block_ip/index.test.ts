import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "#core/errors.ts";
import { fakeActionEnvironment } from "#test/support/fake-action-environment.ts";
import { netBlockIp } from "./index.ts";

const NEVER = new AbortController().signal;
const EFFECT = { id: "e1", expiresAtMs: 1000 };

const HANG = ["sh", "-c", "exec sleep 60"];

function build(settings: object = {}) {
  return netBlockIp.prepare(settings)(fakeActionEnvironment());
}

const REFUSED: [address: string, reason: RegExp][] = [
  ["localhost", /not an IP address/],
  ["010.0.0.1", /not an IP address/],
  ["0x7f.1", /not an IP address/],
  ["10.0.0.1\n", /not an IP address/],
  ["10.0.0.1; flush ruleset", /not an IP address/],
  ['10.0.0.1"}]}', /not an IP address/],
  ["0.0.0.0/0", /not an IP address/],
  ["10.0.0.0/24", /not an IP address/],
  ["10.0.0.1-10.0.0.9", /not an IP address/],
  ["fe80::1%eth0", /not an IP address/],
  ["127.0.0.1", /loopback/],
  ["::ffff:127.0.0.1", /loopback/],
  ["::1", /loopback/],
  ["0.0.0.0", /unspecified/],
  ["::", /unspecified/],
  ["224.0.0.1", /multicast/],
  ["255.255.255.255", /broadcast/],
  ["169.254.169.254", /link-local/],
  ["fe80::1", /link-local/],
];

for (const [address, reason] of REFUSED) {
  test(`${JSON.stringify(address)} is not blocked, in a plan or in a stored step`, async () => {
    const action = build();
    const { steps, refused } = await action.plan({ address }, NEVER);
    assert.deepEqual(steps, []);
    assert.match(refused[0]!.reason, reason);
    const step = { says: "", key: "", target: { address } };
    assert.throws(() => action.apply(step, EFFECT, NEVER), ConfigError);
    assert.throws(() => action.undo!(step, EFFECT, NEVER), ConfigError);
  });
}

test("a plan names the canonical address, whatever spelling came in", async () => {
  const action = build({ ports: [4000, 6000] });
  const { steps } = await action.plan({ address: "::ffff:203.0.113.9" }, NEVER);
  assert.deepEqual(steps, [
    {
      says: "nft: add 203.0.113.9 to a block set of table inet tidewatch; reset TCP to ports 4000, 6000",
      key: "net.block_ip tidewatch 203.0.113.9",
      target: { address: "203.0.113.9" },
    },
  ]);
  const six = await action.plan({ address: "2001:0DB8::0:1" }, NEVER);
  assert.deepEqual(six.steps[0]?.target, { address: "2001:db8::1" });
});

test("a stored address in another spelling than the canonical one is refused", () => {
  const step = { says: "", key: "", target: { address: "2001:0DB8::1" } };
  assert.throws(() => build().apply(step, EFFECT, NEVER), /canonical/);
});

test("a machine without nft fails the step for good, and says so", async () => {
  const action = build({ command: ["/no/such/nft"] });
  const [step] = (await action.plan({ address: "203.0.113.9" }, NEVER)).steps;
  await assert.rejects(action.apply(step!, EFFECT, NEVER), { name: "PermanentError", code: "nft_missing" });
});

const FAILURES: [said: string, name: string, code: string][] = [
  ["Operation not permitted (you must be root)", "PermanentError", "nft_privilege"],
  ["Could not process rule: Too many open files in system", "RetryableError", "nft_set_full"],
  ["netlink: Error: cache initialization failed: Device or resource busy", "RetryableError", "nft_failed"],
];

for (const [said, name, code] of FAILURES) {
  test(`"${said}" is a ${name}`, async () => {
    const action = build({ command: ["sh", "-c", 'echo "$0" >&2; exit 1', said] });
    const [step] = (await action.plan({ address: "203.0.113.9" }, NEVER)).steps;
    await assert.rejects(action.apply(step!, EFFECT, NEVER), { name, code });
  });
}

test("an nft that hangs is ended after the time-out, and at once on abort", async () => {
  const [step] = (await build().plan({ address: "203.0.113.9" }, NEVER)).steps;
  const impatient = build({ command: HANG, timeout: "50ms" });
  await assert.rejects(impatient.apply(step!, EFFECT, NEVER), { name: "RetryableError" });
  const stop = new AbortController();
  const patient = build({ command: HANG, timeout: "1h" }).apply(step!, EFFECT, stop.signal);
  stop.abort();
  await assert.rejects(patient, { name: "RetryableError" });
});

test("an effect without an end is refused: the kernel would keep it for ever", async () => {
  const action = build();
  const [step] = (await action.plan({ address: "203.0.113.9" }, NEVER)).steps;
  const endless = { id: "e1", expiresAtMs: undefined };
  await assert.rejects(action.apply(step!, endless, NEVER), { code: "no_expiry" });
});

for (const settings of [
  { ports: [] },
  { ports: [0] },
  { table: "a b" },
  { table: "x;y" },
  { command: [] },
  { port: 1 },
]) {
  test(`settings ${JSON.stringify(settings)} are refused`, () => {
    assert.throws(() => netBlockIp.prepare(settings), ConfigError);
  });
}
