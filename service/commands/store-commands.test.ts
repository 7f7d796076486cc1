import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { saveAlert, type StoredAlert } from "#store/alerts.ts";
import { appendAudit } from "#store/audit.ts";
import { openRun } from "#store/runs.ts";
import { runTidewatch } from "#test/oracle/tidewatch-process.ts";
import { someAlert } from "#test/support/some-alert.ts";
import { openTestStore } from "#test/support/store.ts";

const opened = await openTestStore();
const { store, dataDir } = opened;
after(() => opened[Symbol.asyncDispose]());

const config = join(dataDir, "tidewatch.yaml");
await writeFile(
  config,
  `receivers: { file_log: { include: ["${dataDir}/*.log"] } }
exporters: { debug: }
extensions: { store: { data_dir: ${dataDir} } }
service: { extensions: [store], pipelines: { logs: { receivers: [file_log], exporters: [debug] } } }
`,
);
const run = (...words: string[]): ReturnType<typeof runTidewatch> => runTidewatch(...words, "--config", config);

const HOUR = 3_600_000;
/** Ends a colour, clears the screen, turns the line round. */
const HOSTILE = "mal\u001b[2J\u009b1m\u202elory\n";

const alertAt = (id: string, hoursAgo: number, entities: object): Promise<void> =>
  saveAlert(
    store,
    someAlert({ id, count: 7, lastSeenUnixNano: BigInt(Date.now() - hoursAgo * HOUR) * 1_000_000n, entities }),
  );

test("alerts on a new store says that there are none", async () => {
  assert.deepEqual(await run("alerts"), { code: 0, out: "no alerts\n", err: "" });
});

test("alerts lists time, level, rule, who, from where and how many, the latest first", async () => {
  await alertAt("old", 50, { user: "dba_alice", clientAddress: "203.0.113.9" });
  await alertAt("young", 1, { clientAddress: "2001:db8::1" });
  const { code, out } = await run("alerts");
  assert.equal(code, 0);
  const [young = "", old = "", ...rest] = out.split("\n");
  assert.match(young, /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}HIGH {11}auth\.test {21}unknown {15}2001:db8::1 {6}7$/);
  assert.match(old, / dba_alice +203\.0\.113\.9 +7$/);
  assert.deepEqual(rest, [""]);
});

test("alerts can be cut by number and by time, as a span or as a moment", async () => {
  const ids = async (...words: string[]): Promise<string[]> =>
    (JSON.parse((await run("alerts", "--json", ...words)).out) as StoredAlert[]).map(({ id }) => id);
  assert.deepEqual(await ids("--limit", "1"), ["young"]);
  assert.deepEqual(await ids("--since", "1d"), ["young"]);
  assert.deepEqual(await ids("--since", new Date(Date.now() - 60 * HOUR).toISOString()), ["young", "old"]);
  assert.deepEqual(await ids("--since", "2999-01-01"), []);
  assert.deepEqual(await ids("--since", "9999999d"), ["young", "old"]);
});

test("a limit or a time that cannot be read is refused with what it may be", async () => {
  for (const words of [
    ["--limit", "0"],
    ["--limit", "many"],
    ["--since", "yesterday"],
    ["--since", "2026-11-25T10:00:00"],
    ["--since", "2026-13-45"],
  ]) {
    const { code, out, err } = await run("alerts", ...words);
    assert.deepEqual([code, out], [1, ""], words.join(" "));
    assert.match(err, /^tidewatch: usage: tidewatch alerts --(limit 1 to 10000|since 24h, or a time such as)/);
  }
});

test("names that an attacker chose cannot speak to the terminal, in text or in JSON", async () => {
  await alertAt("hostile", 0, { user: HOSTILE, clientAddress: HOSTILE });
  const text = (await run("alerts", "--limit", "1")).out;
  assert.ok(text.includes("mal\\u001b[2J\\u009b1m\\u202elory\\u000a"), text);
  const json = (await run("alerts", "--limit", "1", "--json")).out;
  for (const out of [text, json]) assert.doesNotMatch(out.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u202e]/u);
  assert.equal((JSON.parse(json) as StoredAlert[])[0]?.entities.user, HOSTILE);
});

test("runs can be cut by number as well, and says so when there are none", async () => {
  assert.deepEqual(await run("runs", "--limit", "1"), { code: 0, out: "no runs yet\n", err: "" });
  for (const [id, alertId] of [
    ["1", "young"],
    ["2", "old"],
  ] as const) {
    const opening = { playbook: `p${id}`, version: 1, alertId, definition: {}, alert: { title: HOSTILE } };
    await store.transaction((tx) => openRun(tx, opening));
  }
  const { out } = await run("runs", "--limit", "1");
  assert.match(out, /^[0-9a-f]{16} {2}\S+Z {2}received {9}p2 {23}mal\\u001b\[2J\\u009b1m\\u202elory\\u000a\n$/);
  const { code, err } = await run("runs", "--limit", "-1");
  assert.equal(code, 1);
  assert.ok(err.includes("limit"), err);
});

test("audit verify says how many entries there are, with the first and the last", async () => {
  assert.equal((await run("audit", "verify")).out, "the audit chain is whole: 0 entries\n");
  for (const [actor, event] of [
    ["responder", "run_opened"],
    ["responder", "step_intent"],
    [HOSTILE, "approval_denied"],
  ] as const) {
    await store.transaction((tx) => appendAudit(tx, { actor, event }));
  }
  const { code, out } = await run("audit", "verify");
  assert.equal(code, 0);
  assert.match(
    out,
    /^the audit chain is whole: 3 entries\n {2}first {2}1 {2}\S+Z {2}run_opened by responder\n {2}last {3}3 {2}\S+Z {2}approval_denied by mal\\u001b\[2J\\u009b1m\\u202elory\\u000a\n$/,
  );
  const json = JSON.parse((await run("audit", "verify", "--json")).out) as { rows: number; last: { actor: string } };
  assert.deepEqual([json.rows, json.last.actor], [3, HOSTILE]);
});

test("audit verify names the first broken entry and exits with 1", async () => {
  await store.query("update tidewatch.audit set content = replace(content, 'step_intent', 'step_ended') where seq = 2");
  assert.deepEqual(await run("audit", "verify"), {
    code: 1,
    out: "the audit chain is broken at entry 2: changed\n",
    err: "",
  });
  const { code, out } = await run("audit", "verify", "--json");
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(out), { ok: false, seq: "2", reason: "changed" });
});

test("audit without verify, and a store that the configuration does not have, are one line that says what to do", async () => {
  assert.equal((await run("audit")).err, "tidewatch: usage: tidewatch audit verify --config FILE\n");
  const { code, err } = await run("alerts", "--set", "service.extensions=[]");
  assert.equal(code, 1);
  assert.equal(err, "tidewatch: service::extensions has no store [no_store]\n");
});

test("a component that cannot start is named, with the code of its own reason", async () => {
  const { code, err } = await run("run", "--set", "service.telemetry.metrics.level=none");
  assert.equal(code, 1);
  assert.match(
    err,
    /^tidewatch: store did not start: the data directory .* is in use by process \d+; .* \[store_in_use\]$/m,
  );
});
