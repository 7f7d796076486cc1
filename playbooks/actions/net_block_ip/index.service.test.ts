import assert from "node:assert/strict";
import { test } from "node:test";
import { type NetworkNamespace, startNetworkNamespace } from "#test/support/netns.ts";
import { fakeActionEnvironment } from "#test/support/fake-action-environment.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { requireService } from "#test/support/require-service.ts";
import type { Action, PlannedStep } from "../../action.ts";
import { netBlockIp } from "./index.ts";

const NEVER = new AbortController().signal;
const SERVER = "198.51.100.1";
const ATTACKER = "198.51.100.7";
const NEIGHBOUR = "198.51.100.8";
const ATTACKER_6 = "2001:db8::7";

test("net.block_ip with a real nftables", async (t) => {
  if (!requireService(t, "nftables")) return;
  const addresses = [SERVER, ATTACKER, NEIGHBOUR].map((address) => `${address}/32`);
  await using namespace = await startNetworkNamespace([...addresses, `${ATTACKER_6}/128`]);
  const clock = manualClock();
  const command = [...namespace.prefix, "nft"];
  const action = netBlockIp.prepare({ command, ports: [4000, 4001] })(fakeActionEnvironment({}, clock));
  const effect = { id: "e1", expiresAtMs: clock.now() + 3_600_000 };
  const step = await planFor(action, ATTACKER);
  const tables = async () => (await namespace.run("nft", "list", "tables")).trim();

  await t.test("before the first block there is no table, and the effect is absent", async () => {
    assert.equal(await action.probe!(step, effect, NEVER), "absent");
    await action.undo!(step, effect, NEVER);
    assert.equal(await tables(), "");
  });

  await t.test("the blocked address is reset at the protected ports only; others pass", async () => {
    assert.equal(await connects(namespace, ATTACKER, 4000), true);
    await action.apply(step, effect, NEVER);
    assert.equal(await action.probe!(step, effect, NEVER), "ours");
    assert.equal(await connects(namespace, ATTACKER, 4000), false);
    assert.equal(await connects(namespace, ATTACKER, 4001), false);
    assert.equal(await connects(namespace, ATTACKER, 4002), true);
    assert.equal(await connects(namespace, NEIGHBOUR, 4000), true);
  });

  await t.test(
    "the kernel keeps the element a minute longer than we do, and each apply sets its time anew",
    async () => {
      assert.equal(await timeoutOf(namespace, ATTACKER), 3660);
      await action.apply(step, { ...effect, expiresAtMs: clock.now() + 60_000 }, NEVER);
      assert.equal(await timeoutOf(namespace, ATTACKER), 120);
      await action.apply(step, { ...effect, expiresAtMs: clock.now() - 5 }, NEVER);
      assert.equal(await timeoutOf(namespace, ATTACKER), 60);
    },
  );

  await t.test("a second block adds no second rule, and the first stays", async () => {
    const six = await planFor(action, ATTACKER_6);
    await action.apply(six, { ...effect, id: "e6" }, NEVER);
    assert.equal(await action.probe!(six, { ...effect, id: "e6" }, NEVER), "ours");
    assert.equal(await action.probe!(step, effect, NEVER), "ours");
    assert.equal(await connects(namespace, ATTACKER_6, 4000), false);
    const rules = await namespace.run("nft", "list", "chain", "inet", "tidewatch", "input");
    assert.equal(rules.split("reject with tcp reset").length - 1, 2);
    await action.undo!(six, { ...effect, id: "e6" }, NEVER);
  });

  await t.test("an element of another effect is foreign, and undo leaves it", async () => {
    const other = { ...effect, id: "e2" };
    assert.equal(await action.probe!(step, other, NEVER), "foreign");
    await action.undo!(step, other, NEVER);
    assert.equal(await action.probe!(step, effect, NEVER), "ours");
  });

  await t.test("undone, the address connects again, and undoing once more is no error", async () => {
    await action.undo!(step, effect, NEVER);
    assert.equal(await action.probe!(step, effect, NEVER), "absent");
    assert.equal(await connects(namespace, ATTACKER, 4000), true);
    await action.undo!(step, effect, NEVER);
  });

  await t.test("an element that a person added without our comment is foreign", async () => {
    await namespace.run("nft", "add element inet tidewatch block4 { " + ATTACKER + " }");
    assert.equal(await action.probe!(step, effect, NEVER), "foreign");
    await action.maintain!(step, effect, NEVER);
    assert.equal(await action.probe!(step, effect, NEVER), "foreign");
    await namespace.run("nft", "delete element inet tidewatch block4 { " + ATTACKER + " }");
  });

  await t.test("after a flush of all rules, maintaining puts the block back", async () => {
    await action.apply(step, effect, NEVER);
    await namespace.run("nft", "flush", "ruleset");
    assert.equal(await connects(namespace, ATTACKER, 4000), true);
    await action.maintain!(step, effect, NEVER);
    assert.equal(await connects(namespace, ATTACKER, 4000), false);
  });

  await t.test("an address that nft spells in its own way is found again", async () => {
    const embedded = await planFor(action, "::c000:201");
    await action.apply(embedded, effect, NEVER);
    assert.match(await namespace.run("nft", "list", "set", "inet", "tidewatch", "block6"), /::192\.0\.2\.1/);
    assert.equal(await action.probe!(embedded, effect, NEVER), "ours");
    await action.undo!(embedded, effect, NEVER);
    assert.equal(await action.probe!(embedded, effect, NEVER), "absent");
  });
});

async function planFor(action: Action, address: string): Promise<PlannedStep> {
  const [step] = (await action.plan({ address }, NEVER)).steps;
  assert.ok(step);
  return step;
}

/** Whether a client at `from` reaches a listener; refused otherwise, never a time-out. */
async function connects(namespace: NetworkNamespace, from: string, port: number): Promise<boolean> {
  const script = `
    const net = require("node:net");
    const server = net.createServer((socket) => socket.end()).listen(${port}, "::", () => {
      const host = "${from}".includes(":") ? "${from}" : "${SERVER}";
      const client = net.connect({ host, port: ${port}, localAddress: "${from}" });
      const end = (word) => { console.log(word); client.destroy(); server.close(); };
      client.on("connect", () => end("connected")).on("error", (error) => end(error.code));
    });`;
  const answer = (await namespace.run(process.execPath, "-e", script)).trim();
  assert.ok(answer === "connected" || answer === "ECONNREFUSED" || answer === "ECONNRESET", answer);
  return answer === "connected";
}

async function timeoutOf(namespace: NetworkNamespace, address: string): Promise<number | undefined> {
  const json = await namespace.run("nft", "-j", "list", "set", "inet", "tidewatch", "block4");
  type Listed = { nftables: { set?: { elem: { elem: { val: string; timeout: number } }[] } }[] };
  const elements = (JSON.parse(json) as Listed).nftables.flatMap(({ set }) => set?.elem ?? []);
  return elements.find(({ elem }) => elem.val === address)?.elem.timeout;
}
