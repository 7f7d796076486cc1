import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { actions } from "../actions/index.ts";
import { loadPlaybooks } from "./load-playbooks.ts";
import { PlaybookError, readPlaybook } from "./read-playbook.ts";

const GOOD = `playbook: block
version: 1
owner: dba
summary: Blocks.
on: { alert: ["auth.*"], where: "alert.count >= 3" }
inputs:
  source: { type: ip, from: alert.client_address }
steps:
  - id: block
    do: net.block_ip
    with: { address: $source }
    expires: 4h
  - id: tell
    do: notify.slack
    when: steps.block.applied
    with: { text: "blocked {{ source }}" }
`;

function mistakes(text: string): readonly string[] {
  try {
    readPlaybook(text, "f.yaml", actions);
  } catch (error) {
    assert.ok(error instanceof PlaybookError);
    return error.mistakes;
  }
  return [];
}

test("a playbook reads into plain data with its defaults", () => {
  const playbook = readPlaybook(GOOD, "f.yaml", actions);
  assert.equal(playbook.mode, "observe");
  assert.equal(playbook.steps[0]?.expires, 4 * 3_600_000);
  assert.deepEqual(playbook.steps[0]?.retry, { tries: 5, wait: 2000 });
  assert.deepEqual(JSON.parse(JSON.stringify(playbook)), playbook);
});

for (const [what, from, to, mistake] of [
  ["a misspelt key", "owner:", "ownr:", '3:1: ownr: unknown key "ownr"'],
  [
    "a misspelt action",
    "net.block_ip",
    "net.blok_ip",
    '10:9: steps::0::do: unknown action "net.blok_ip" (did you mean "net.block_ip"?)',
  ],
  [
    "a misspelt input of an action",
    "{ address:",
    "{ adress:",
    '11:13: steps::0::with::adress: unknown input of net.block_ip "adress" (did you mean "address"?)',
  ],
  [
    "an input that is not declared",
    "$source",
    "$sorce",
    '11:22: steps::0::with::address: unknown input "sorce" (did you mean "source"?)',
  ],
  [
    "an alert field that does not exist",
    "alert.client_address",
    "alert.client_adress",
    '7:29: inputs::source::from: unknown alert field "alert.client_adress" (did you mean "alert.client_address"?)',
  ],
  [
    "a name in a condition",
    "alert.count >= 3",
    "alert.count >= 3 and alert.usr",
    '5:55: on::where: unknown name "alert.usr" (did you mean "alert.user"?)',
  ],
  [
    "a name in a text",
    "{{ source }}",
    "{{ sourc }}",
    '16:31: steps::1::with::text: unknown name "sourc" (did you mean "source"?)',
  ],
  ["a function", "steps.block.applied", "exsts(source)", "15:11: steps::1::when: unknown function"],
  [
    "a step that comes later",
    "when: steps.block.applied",
    "needs: [later]",
    '15:13: steps::1::needs::0: unknown earlier step "later"',
  ],
  [
    "a lasting effect without an end",
    "    expires: 4h\n",
    "",
    '9:5: steps::0: net.block_ip has an effect that lasts: say when it ends with "expires"',
  ],
  [
    "an end for what does not last",
    "when: steps.block.applied",
    "expires: 1h",
    "15:14: steps::1::expires: notify.slack has no effect that lasts",
  ],
  ["two steps of one name", "id: tell", "id: block", '13:9: steps::1::id: there is another step "block"'],
  [
    "text put together for a firewall",
    "$source",
    '"{{ source }}"',
    "11:22: steps::0::with::address: text is put together only in notifications",
  ],
  ["a duration without a unit", "expires: 4h", "expires: 4", "12:14: steps::0::expires"],
  ["an expiry beyond all measure", "expires: 4h", "expires: 365d", "12:14: steps::0::expires: expected 1s to 30d"],
  ["broken YAML", "on: {", "on: {{", "6:1: "],
  [
    "a mode that does not exist",
    "owner: dba",
    "owner: dba\nmode: enforced",
    '4:7: mode: expected one of observe, approve, enforce, got "enforced" (did you mean "enforce"?)',
  ],
] as const) {
  test(`${what} is named with its place`, () => {
    const found = mistakes(GOOD.replace(from, to));
    assert.ok(
      found.some((line) => line.startsWith(`f.yaml:${mistake}`)),
      found.join("\n"),
    );
  });
}

test("all mistakes come at once", () => {
  const text = GOOD.replace("net.block_ip", "net.blok")
    .replace("alert.count", "alert.cnt")
    .replace("{{ source }}", "{{");
  assert.equal(mistakes(text).length, 3);
});

test("an action that breaks something cannot follow a failure", () => {
  const step = "{ id: again, do: net.block_ip, with: { address: $source }, expires: 1h }";
  const [first = ""] = mistakes(`${GOOD}on_failure: [${step}]\n`);
  assert.ok(first.includes("only notifications can follow a failure"), first);
});

test("a file that unfolds without end is refused", () => {
  const bomb = `${GOOD}x: &a [1,1]\n${Array.from({ length: 20 }, (_, i) => `y${i}: &b${i} [${`*${i === 0 ? "a" : `b${i - 1}`},`.repeat(9)}]`).join("\n")}\n`;
  assert.ok(mistakes(bomb).length > 0);
});

test("the playbooks that come with Tidewatch are in order", async () => {
  const playbooks = await loadPlaybooks([join(import.meta.dirname, "../../config/playbooks/*.yaml")], actions);
  const names = playbooks.map(({ playbook }) => playbook);
  assert.deepEqual(names, ["contain-bruteforce", "contain-sql-injection", "notify"]);
});

test("a folder of playbooks reports the mistakes of all files, missing files and equal names", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tw-playbooks-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "more"));
  await writeFile(join(folder, "a.yaml"), GOOD);
  await writeFile(join(folder, "b.yaml"), GOOD);
  await writeFile(join(folder, "more", "c.yaml"), "playbook: c\n");
  const loading = loadPlaybooks([join(folder, "**/*.yaml"), join(folder, "none.yaml")], actions);
  await assert.rejects(loading, (error: PlaybookError) => {
    assert.ok(error.mistakes.some((line) => line.endsWith("none.yaml: there is no such file")));
    assert.ok(error.mistakes.some((line) => line.includes('b.yaml: there is another playbook "block"')));
    assert.ok(error.mistakes.filter((line) => line.includes("c.yaml:1:1")).length >= 4);
    return true;
  });
});
