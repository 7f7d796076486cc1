import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Alert } from "#core/alert.ts";
import { alertFromRecord } from "#core/alert-record.ts";
import type { LogBatch } from "#core/batch.ts";
import { ConfigError, RetryableError } from "#core/errors.ts";
import type { Extension } from "#core/component.ts";
import type { Consumer } from "#core/consumer.ts";
import { failingConsumer, recordingConsumer } from "#test/support/fake-consumers.ts";
import { type FakeContext, fakeContext } from "#test/support/fake-context.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { linesBatch } from "#test/oracle/lines-batch.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { fileStorageExtension } from "../../extensions/file_storage/index.ts";
import { sessionProcessor } from "../session/index.ts";
import { tidbProcessor } from "../tidb/index.ts";
import { detectProcessor } from "./index.ts";

const RULES = `
title: Failed login
id: 6b1f5a52-6f5b-4c3e-9a51-3a8f9f5f7a10
name: test.failed
level: informational
logsource: { product: tidb, service: server }
detection: { sel: { body: Server.onConn handshake, error.message|contains: Access denied }, condition: sel }
---
title: Guessing
id: 2b1f5a52-6f5b-4c3e-9a51-3a8f9f5f7a11
name: test.guessing
level: high
correlation: { type: event_count, rules: [test.failed], group-by: [user.name, client.address], timespan: 5m, condition: { gte: 3 } }
---
title: Dropped
id: 3b1f5a52-6f5b-4c3e-9a51-3a8f9f5f7a12
name: test.dropped
level: medium
logsource: { product: tidb, service: server }
detection: { sel: { db.query.text|contains: drop table }, condition: sel }
tidewatch: { dedup: { by: [user.name], for: 10m } }
`;

const NEVER = new AbortController().signal;
const LOGIN = (second: number, user = "app", address = "203.0.113.9"): string =>
  `[2026/08/07 10:15:${String(second).padStart(2, "0")}.000 +00:00] [WARN] [server.go:708] ["Server.onConn handshake"] [conn=${100 + second}] [error="[privilege:1045]Access denied for user '${user}'@'${address}' (using password: YES)"] ["remote addr"=${address}:5${second}]`;
const DROP = (minute: number, sql: string): string =>
  `[2026/08/07 10:${String(minute).padStart(2, "0")}:00.000 +00:00] [INFO] [session.go:4167] ["CRUCIAL OPERATION"] [conn=7] [sql=${JSON.stringify(sql)}] [user=root@%]`;

interface Detection extends AsyncDisposable {
  readonly alerts: readonly Alert[];
  readonly context: FakeContext;
  feed(lines: readonly string[]): Promise<void>;
}

interface Options {
  readonly rules?: string;
  readonly raw?: object;
  readonly extensions?: Record<string, Extension>;
  readonly next?: Consumer;
  readonly emitted?: Consumer;
}

async function detection({
  rules = RULES,
  raw = {},
  extensions = {},
  next = recordingConsumer(),
  emitted,
}: Options = {}): Promise<Detection> {
  const dir = await tempDir();
  await writeFile(join(dir.path, "rules.yml"), rules);
  const alerts: Alert[] = [];
  const collect: Consumer = {
    async consume(batch: LogBatch) {
      for (const record of batch) {
        const alert = alertFromRecord(record);
        assert.ok(typeof alert !== "string", String(alert));
        alerts.push(alert);
      }
    },
  };
  const context = fakeContext({ id: "detect", extensions });
  const detect = detectProcessor.prepare({ rules: [join(dir.path, "*.yml")], ...raw })(
    context,
    next,
    emitted ?? collect,
  );
  const session = sessionProcessor.prepare({})(fakeContext(), detect, collect);
  const tidb = tidbProcessor.prepare({})(fakeContext(), session, collect);
  try {
    await detect.start?.(NEVER);
  } catch (error) {
    await dir[Symbol.asyncDispose]();
    throw error;
  }
  return {
    alerts,
    context,
    feed: (lines) => tidb.consume(linesBatch(lines, { "log.file.path": "/var/log/tidb.log" }), NEVER),
    async [Symbol.asyncDispose]() {
      await detect.shutdown?.(AbortSignal.timeout(1000));
      await dir[Symbol.asyncDispose]();
    },
  };
}

test("a correlation that comes true is one alert with who, from where, why and the lines that say so", async () => {
  await using one = await detection();
  await one.feed([LOGIN(1), LOGIN(2, "other"), LOGIN(3)]);
  assert.equal(one.alerts.length, 0);
  await one.feed([LOGIN(4), LOGIN(5)]);
  assert.equal(one.alerts.length, 1);
  const alert = one.alerts[0] as Alert;
  assert.equal(alert.ruleName, "test.guessing");
  assert.equal(alert.severity, "high");
  assert.deepEqual(alert.entities, { user: "app", clientAddress: "203.0.113.9" });
  assert.equal(alert.reason, "3 events within 3s, user.name=app, client.address=203.0.113.9");
  assert.equal(alert.evidence.length, 3);
  assert.equal(alert.evidence[0]?.file, "/var/log/tidb.log");
  assert.match(alert.evidence[0]?.excerpt ?? "", /^Server\.onConn handshake \| \[privilege:1045\]Access denied/);
});

test("the same lines give the same alert ids, in one batch or in many, in order or not", async () => {
  const lines = [LOGIN(1), LOGIN(2), LOGIN(3), DROP(20, "drop table a"), LOGIN(40)];
  const ids = async (batches: readonly (readonly string[])[]): Promise<string[]> => {
    await using one = await detection();
    for (const batch of batches) await one.feed(batch);
    return one.alerts.map(({ id }) => id).sort();
  };
  const expected = await ids([lines]);
  assert.equal(expected.length, 2);
  assert.deepEqual(await ids(lines.map((line) => [line])), expected);
  assert.deepEqual(await ids([lines.slice(0, 3).reverse(), lines.slice(3)]), expected);
});

test("the same finding is held back for dedup.for in event time, and then counted in the next alert", async () => {
  await using one = await detection();
  await one.feed([DROP(1, "drop table a"), DROP(2, "drop table b"), DROP(3, "drop table c"), DROP(14, "drop table d")]);
  assert.deepEqual(
    one.alerts.map(({ count }) => count),
    [1, 3],
  );
});

test("records pass on unchanged, and a batch is not safe before its alerts are", async () => {
  const next = recordingConsumer();
  const refusing = failingConsumer(new RetryableError("alerts are not taken"));
  await using one = await detection({ next, emitted: refusing });
  await assert.rejects(one.feed([DROP(1, "drop table a")]), /alerts are not taken/);
  assert.equal(next.records[0]?.body, "CRUCIAL OPERATION");
});

test("rules that cannot be loaded are reported with file and line and do not stop the others, unless strict", async () => {
  const broken = `${RULES}\n---\ntitle: Broken\nlogsource: { product: tidb }\ndetection: { sel: { a|contians: b }, condition: sel }\n`;
  await using one = await detection({ rules: broken });
  const told = one.context.lines.find(({ level }) => level === "error");
  assert.match(String(told?.fields.file), /rules\.yml$/);
  assert.ok(Number(told?.fields.line) > 20);
  assert.equal(told?.fields.did_you_mean, "contains");
  await one.feed([DROP(1, "drop table a")]);
  assert.equal(one.alerts.length, 1);
  await assert.rejects(
    detection({ rules: broken, raw: { strict: true } }),
    (error) => error instanceof ConfigError && /rules\.yml:\d+:\d+/.test(error.message),
  );
});

test("a rule about a log source that nothing here has is reported, because it can never fire", async () => {
  const rules = RULES.replace(
    "service: server }\ndetection: { sel: { db",
    "service: windows }\ndetection: { sel: { db",
  );
  await using one = await detection({ rules });
  assert.ok(
    one.context.lines.some(
      ({ sentence, fields }) => sentence.startsWith("rule can never fire") && fields.rule === "test.dropped",
    ),
  );
});

test("windows outlive a restart", async () => {
  await using dir = await tempDir();
  const extensions = { s: fileStorageExtension.prepare({ directory: dir.path })(fakeContext()) };
  {
    await using first = await detection({ raw: { storage: "s" }, extensions });
    await first.feed([LOGIN(1), LOGIN(2)]);
    assert.equal(first.alerts.length, 0);
  }
  await using second = await detection({ raw: { storage: "s" }, extensions });
  await second.feed([LOGIN(3)]);
  assert.deepEqual(
    second.alerts.map(({ ruleName }) => ruleName),
    ["test.guessing"],
  );
});

test("no spelling of the statement hides it from the prefilter: case, escapes, unicode escapes, letters that fold to ASCII", async () => {
  const random = createRandom(13);
  const letters: Record<string, readonly string[]> = { k: ["k", "K", "\u212a"], s: ["s", "S", "\u017f"] };
  for (const rule of ["drop table", "kiss", "task \\ risk"]) {
    const rules = RULES.replace("contains: drop table", `contains: '${rule.replaceAll("\\", "\\\\")}'`);
    for (let round = 0; round < 60; round++) {
      const spell = (letter: string): string => pick(random, letters[letter] ?? [letter, letter.toUpperCase()]);
      const sql = `/* größe */ "x" ${Array.from(rule, spell).join("")} \t`;
      const escape = (char: string): string =>
        random() < 0.3 ? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}` : JSON.stringify(char).slice(1, -1);
      await using one = await detection({ rules });
      const line = DROP(1, "SQL").replace('"SQL"', () => `"${Array.from(sql, escape).join("")}"`);
      await one.feed([line]);
      assert.equal(one.alerts.length, 1, line);
    }
  }
});
