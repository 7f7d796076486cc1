import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "#core/consumer.ts";
import type { Extension, Processor } from "#core/component.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { lineCollector } from "#test/oracle/line-collector.ts";
import { linesBatch } from "#test/oracle/lines-batch.ts";
import { fileStorageExtension } from "../../extensions/file_storage/index.ts";
import { tidbProcessor } from "../tidb/index.ts";
import { sessionProcessor } from "./index.ts";

const T = "[2026/08/07 10:15:02.118 +08:00]";
const ON_CONN = (conn: number, user: string, peer: string): string =>
  `${T} [WARN] [server.go:708] ["Server.onConn handshake"] [conn=${conn}] [error="[privilege:1045]Access denied for user '${user}'@'${peer.split(":")[0]}' (using password: YES)"] ["remote addr"=${peer}]`;
const FAILED = (conn: number, user: string, peer: string): string =>
  `${T} [INFO] [conn.go:1216] ["command dispatched failed"] [conn=${conn}] [connInfo="id:${conn}, addr:${peer} status:10, collation:utf8, user:${user}"] [sql="x"] [err="[parser:1064]no"]`;
const GENERAL = (conn: number, user: string): string =>
  `${T} [INFO] [session.go:4193] [GENERAL_LOG] [conn=${conn}] [user=${user}] [sql="select 1"]`;
const CRUCIAL = (conn: number): string =>
  `${T} [INFO] [session.go:4161] ["CRUCIAL OPERATION"] [conn=${conn}] [schemaVersion=1] [sql="drop table t"] [user=root@%]`;
const SET = (conn: number): string => `${T} [INFO] [set.go:170] ["set global var"] [conn=${conn}] [name=a] [val=b]`;

interface Pipe {
  readonly session: Processor;
  /** Who and from where, of each line. */
  join(lines: readonly string[], file?: string): Promise<string[]>;
}

async function pipe(raw: object = {}, extensions: Record<string, Extension> = {}): Promise<Pipe> {
  const got = lineCollector();
  const session = sessionProcessor.prepare(raw)(fakeContext({ id: "session", extensions }), got, NOBODY);
  const tidb = tidbProcessor.prepare({})(fakeContext(), session, NOBODY);
  await session.start?.(new AbortController().signal);
  return {
    session,
    async join(lines, file = "/var/log/a/tidb.log") {
      const before = got.lines.length;
      const attributes = { "log.file.path": file, "log.file.name": file.slice(file.lastIndexOf("/") + 1) };
      await tidb.consume(linesBatch(lines, attributes), new AbortController().signal);
      return got.lines
        .slice(before)
        .map(({ attributes: a }) => `${a["user.name"] ?? "?"}@${a["client.address"] ?? "?"}`);
    },
  };
}

const NOBODY: Consumer = { consume: () => Promise.resolve() };

test("lines that carry only a connection id get the user and address of its connection, across batches", async () => {
  const { join } = await pipe();
  assert.deepEqual(await join([SET(7), FAILED(7, "app", "10.0.0.1:5000"), SET(7), SET(8)]), [
    "?@?",
    "app@10.0.0.1",
    "app@10.0.0.1",
    "?@?",
  ]);
  assert.deepEqual(await join([CRUCIAL(7), GENERAL(8, "web@10.0.0.2"), SET(8)]), [
    "app@10.0.0.1",
    "web@10.0.0.2",
    "web@10.0.0.2",
  ]);
});

test("a crucial operation of an unknown connection names the account, and no address", async () => {
  const { join } = await pipe();
  assert.deepEqual(await join([CRUCIAL(9)]), ["root@?"]);
});

test("a refused login tells of itself and teaches nothing about the connection id", async () => {
  const { join } = await pipe();
  assert.deepEqual(await join([ON_CONN(5, "x'@'10.9.9.9", "203.0.113.9:51544"), SET(5)]), [
    "x'@'10.9.9.9@203.0.113.9",
    "?@?",
  ]);
});

test("a connection that changes its user is known by the new one from then on", async () => {
  const { join } = await pipe();
  assert.deepEqual(await join([GENERAL(7, "a@10.0.0.1"), SET(7), GENERAL(7, "b@10.0.0.1"), SET(7)]), [
    "a@10.0.0.1",
    "a@10.0.0.1",
    "b@10.0.0.1",
    "b@10.0.0.1",
  ]);
});

test("a slow-log entry names its own user but cannot rename a connection: its values are not escaped", async () => {
  const { join } = await pipe();
  const slow =
    "# Time: 2026-08-07T10:20:11.487776265+08:00\n# User@Host: root[root] @ 10.0.0.9 [10.0.0.9]\n# Conn_ID: 7\nselect 1;";
  assert.deepEqual(await join([slow, SET(7)], "/var/log/a/tidb-slow.log"), ["root@10.0.0.9", "?@?"]);
  assert.deepEqual(await join([FAILED(7, "app", "10.0.0.1:5000"), slow]), ["app@10.0.0.1", "app@10.0.0.1"]);
});

test("text that looks like another line inside a statement changes nobody's identity", async () => {
  const { join } = await pipe();
  const inside = FAILED(8, "root", "10.6.6.6:1").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  const attack = `${T} [INFO] [session.go:4193] [GENERAL_LOG] [conn=7] [user=app@10.0.0.1] [sql="/* ${inside} */"]`;
  assert.deepEqual(await join([attack, SET(7), SET(8)]), ["app@10.0.0.1", "app@10.0.0.1", "?@?"]);
});

test("instances are kept apart, and one that starts anew forgets its connections", async () => {
  const { join } = await pipe();
  await join([FAILED(7, "app", "10.0.0.1:5000")], "/var/log/a/tidb.log");
  await join([FAILED(7, "web", "10.0.0.2:5000")], "/var/log/b/tidb.log");
  assert.deepEqual(await join([SET(7)], "/var/log/a/tidb.log"), ["app@10.0.0.1"]);
  assert.deepEqual(await join([SET(7)], "/var/log/b/tidb.log"), ["web@10.0.0.2"]);
  await join([`${T} [INFO] [printer.go:47] ["Welcome to TiDB."]`], "/var/log/a/tidb.log");
  assert.deepEqual(await join([SET(7)], "/var/log/a/tidb.log"), ["?@?"]);
  assert.deepEqual(await join([SET(7)], "/var/log/b/tidb.log"), ["web@10.0.0.2"]);
});

test("the first line that shows a connection at work is marked, and only that one", async () => {
  const got = lineCollector();
  const session = sessionProcessor.prepare({})(fakeContext(), got, NOBODY);
  const tidb = tidbProcessor.prepare({})(fakeContext(), session, NOBODY);
  const lines = [
    ON_CONN(5, "app", "10.0.0.1:5"),
    GENERAL(7, "a@10.0.0.1"),
    GENERAL(7, "a@10.0.0.1"),
    FAILED(8, "b", "10.0.0.2:5"),
    SET(8),
    // The port is new, the person is not; another user on the same connection is.
    FAILED(7, "a", "10.0.0.1:5"),
    GENERAL(7, "c@10.0.0.1"),
  ];
  await tidb.consume(linesBatch(lines), new AbortController().signal);
  const marks = got.lines.map(({ attributes }) => attributes["tidewatch.session.first_seen"]);
  assert.deepEqual(marks, [undefined, true, undefined, true, undefined, undefined, true]);
});

test("64-bit connection ids that differ in the last digit are different connections", async () => {
  const { join } = await pipe();
  const big = (id: string, line: (conn: number) => string): string =>
    line(1).replaceAll("conn=1]", `conn=${id}]`).replace("id:1,", `id:${id},`);
  await join([big("8306449708033769878", (c) => FAILED(c, "app", "10.0.0.1:5"))]);
  assert.deepEqual(await join([big("8306449708033769879", SET), big("8306449708033769878", SET)]), [
    "?@?",
    "app@10.0.0.1",
  ]);
});

test("at most max_sessions are remembered; the oldest unused goes first", async () => {
  const { join } = await pipe({ max_sessions: 3 });
  for (let conn = 1; conn <= 4; conn++) await join([FAILED(conn, `u${conn}`, "10.0.0.1:5")]);
  for (let k = 0; k < 20; k++) await join([SET(4)]);
  await join([FAILED(5, "u5", "10.0.0.1:5")]);
  const known = await join([SET(1), SET(2), SET(3), SET(4), SET(5)]);
  assert.equal(known.filter((who) => who !== "?@?").length, 3);
  assert.deepEqual(known.slice(3), ["u4@10.0.0.1", "u5@10.0.0.1"]);
});

test("a restart does not forget open connections, and a damaged snapshot is reported and left", async () => {
  await using dir = await tempDir();
  const extension = fileStorageExtension.prepare({ directory: dir.path })(fakeContext());
  const first = await pipe({ storage: "s" }, { s: extension });
  await first.join([FAILED(7, "app", "10.0.0.1:5000")]);
  await first.session.shutdown?.(AbortSignal.timeout(1000));
  const second = await pipe({ storage: "s" }, { s: extension });
  assert.deepEqual(await second.join([SET(7)]), ["app@10.0.0.1"]);
  await second.session.shutdown?.(AbortSignal.timeout(1000));
  const storage = (
    extension as unknown as { storage(id: string): { set(key: string, value: Buffer): Promise<void> } }
  ).storage("session");
  await storage.set("snapshot", Buffer.from('{"version":1,"sessions":[{}]}'));
  const context = fakeContext({ id: "session", extensions: { s: extension } });
  const third = sessionProcessor.prepare({ storage: "s" })(context, NOBODY, NOBODY);
  await third.start?.(new AbortController().signal);
  assert.ok(context.lines.some(({ sentence }) => sentence === "snapshot is unusable, starting without it"));
  await third.shutdown?.(AbortSignal.timeout(1000));
});
