import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { RetryableError } from "#core/errors.ts";
import { createCertificates } from "#test/support/certificates.ts";
import { requireService } from "#test/support/require-service.ts";
import { createResponder } from "#test/support/responder.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { startTidb, type TidbServer } from "#test/support/tidb.ts";
import type { TidbAdmin } from "./admin.ts";
import { createTidbAdmin } from "./mysql-admin.ts";
import type { TidbAdminSettings } from "./session.ts";

const NEVER = new AbortController().signal;

function responder(tidb: TidbServer, settings: Partial<TidbAdminSettings> = {}): TidbAdmin & AsyncDisposable {
  const where = { host: "127.0.0.1", port: tidb.port, user: "responder" };
  const admin = createTidbAdmin({ ...where, connectTimeoutMs: 5000, queryTimeoutMs: 5000, ...settings });
  return { ...admin, [Symbol.asyncDispose]: () => admin.close() };
}

test("accounts on a real TiDB, with the documented grants only", async (t) => {
  if (!requireService(t, "tidb")) return;
  await using tidb = await startTidb();
  await createResponder(tidb);
  await using admin = responder(tidb);
  const account = (user: string, host = "%") => admin.account({ user, host }, NEVER);

  await t.test("every row of a user is found, and no row of a similar name", async () => {
    await tidb.root("CREATE USER app", "CREATE USER app@'10.0.%'", "CREATE USER App", "CREATE USER 'áпп🦊'");
    const rows = await admin.accountsNamed("app", NEVER);
    assert.deepEqual(rows.map(({ host }) => host).sort(), ["%", "10.0.%"]);
    assert.deepEqual(await admin.accountsNamed("app ", NEVER), []);
    assert.equal((await admin.accountsNamed("áпп🦊", NEVER)).length, 1);
    assert.deepEqual(await admin.accountsNamed("a\u0000pp", NEVER), []);
    assert.deepEqual(await admin.accountsNamed("' OR '1'='1", NEVER), []);
  });

  await t.test("a lock carries our marker and leaves the other attributes; unlocking takes both back", async () => {
    await tidb.root(`CREATE USER kept ATTRIBUTE '{"team": "billing"}'`);
    await admin.lockAccount({ user: "kept", host: "%" }, "e1", NEVER);
    assert.deepEqual(await account("kept"), { user: "kept", host: "%", locked: true, marker: "e1", isSuper: false });
    await assert.rejects(tidb.connect({ user: "kept" }), { errno: 3118 });
    await admin.unlockAccount({ user: "kept", host: "%" }, "e1", NEVER);
    assert.deepEqual(await account("kept"), {
      user: "kept",
      host: "%",
      locked: false,
      marker: undefined,
      isSuper: false,
    });
    await tidb.connect({ user: "kept" });
    assert.deepEqual(await attributes(tidb, "kept"), { metadata: { team: "billing" } });
  });

  await t.test("a lock of another effect, or of somebody else, is left alone", async () => {
    await tidb.root("CREATE USER other", "CREATE USER theirs ACCOUNT LOCK");
    await admin.lockAccount({ user: "other", host: "%" }, "e1", NEVER);
    await admin.unlockAccount({ user: "other", host: "%" }, "e2", NEVER);
    await admin.unlockAccount({ user: "theirs", host: "%" }, "e2", NEVER);
    assert.equal((await account("other"))?.locked, true);
    assert.equal((await account("theirs"))?.locked, true);
  });

  await t.test("when a person has unlocked meanwhile, only the marker goes", async () => {
    await tidb.root("CREATE USER freed");
    await admin.lockAccount({ user: "freed", host: "%" }, "e1", NEVER);
    await tidb.root("ALTER USER freed ACCOUNT UNLOCK");
    await admin.unlockAccount({ user: "freed", host: "%" }, "e1", NEVER);
    assert.deepEqual(await account("freed"), {
      user: "freed",
      host: "%",
      locked: false,
      marker: undefined,
      isSuper: false,
    });
  });

  await t.test("a hostile name hits its own account and no other", async () => {
    const hostile = "a'; DROP USER root;-- `\\";
    await tidb.root(
      "CREATE USER `a'; DROP USER root;-- ``\\`",
      "SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'",
    );
    await using strict = responder(tidb);
    for (const session of [admin, strict]) {
      await session.lockAccount({ user: hostile, host: "%" }, "e1", NEVER);
      assert.equal((await session.accountsNamed(hostile, NEVER))[0]?.marker, "e1");
      await session.unlockAccount({ user: hostile, host: "%" }, "e1", NEVER);
      assert.equal((await session.accountsNamed(hostile, NEVER))[0]?.locked, false);
    }
    assert.equal((await account("root"))?.isSuper, true);
  });

  await t.test("an account with SYSTEM_USER or SUPER is refused by the database, for good", async () => {
    await tidb.root("CREATE USER backup", "GRANT SYSTEM_USER ON *.* TO backup");
    const refused = { name: "PermanentError", code: "tidb_privilege" };
    await assert.rejects(admin.lockAccount({ user: "backup", host: "%" }, "e1", NEVER), refused);
    await assert.rejects(admin.lockAccount({ user: "root", host: "%" }, "e1", NEVER), refused);
  });

  await t.test("an account that is not there is refused for good", async () => {
    const refused = { name: "PermanentError", code: "tidb_no_account" };
    await assert.rejects(admin.lockAccount({ user: "nobody", host: "%" }, "e1", NEVER), refused);
  });
});

test("sessions on a real TiDB", async (t) => {
  if (!requireService(t, "tidb")) return;
  await using tidb = await startTidb();
  await createResponder(tidb);
  await using admin = responder(tidb);
  await tidb.root("CREATE USER app", "CREATE USER App");

  await t.test("sessions are those of this very user, and a killed one is gone", async () => {
    const victim = await tidb.connect({ user: "app", from: "203.0.113.9" });
    const bystander = await tidb.connect({ user: "App" });
    await Promise.all([victim.query("SELECT 1"), bystander.query("SELECT 1")]);
    const lost = once(victim, "error");
    const sessions = await admin.sessionsOf("app", NEVER);
    assert.deepEqual(
      sessions.map(({ user, client }) => [user, client]),
      [["app", "203.0.113.9:40000"]],
    );
    assert.equal(await admin.killSession(sessions[0]!, NEVER), true);
    await lost;
    assert.deepEqual(await admin.sessionsOf("app", NEVER), []);
    await bystander.query("SELECT 1");
  });

  await t.test("an id that has become another user's session is not killed", async () => {
    const bystander = await tidb.connect({ user: "App" });
    await bystander.query("SELECT 1");
    const [session] = await admin.sessionsOf("App", NEVER);
    assert.equal(await admin.killSession({ ...session!, user: "app" }, NEVER), false);
    assert.equal(await admin.killSession({ ...session!, id: "9007199254740993" }, NEVER), false);
    await bystander.query("SELECT 1");
  });

  await t.test("our own session is not in the list", async () => {
    assert.deepEqual(await admin.sessionsOf("responder", NEVER), []);
  });
});

test("the session to a real TiDB", async (t) => {
  if (!requireService(t, "tidb")) return;
  await using tidb = await startTidb();
  await createResponder(tidb, "PROCESS");
  await tidb.root("CREATE USER app");

  await t.test("an account without PROCESS is refused instead of seeing no sessions", async () => {
    await using admin = responder(tidb);
    await assert.rejects(admin.sessionsOf("app", NEVER), /lacks the PROCESS privilege/);
    await tidb.root("GRANT PROCESS ON *.* TO responder");
    assert.deepEqual(await admin.sessionsOf("app", NEVER), []);
  });

  await t.test("the server's restart costs nothing but a new session", async () => {
    await using admin = responder(tidb);
    await admin.accountsNamed("app", NEVER);
    await tidb.stop();
    await assert.rejects(admin.accountsNamed("app", NEVER), RetryableError);
    await tidb.restart();
    assert.equal((await admin.accountsNamed("app", NEVER)).length, 1);
  });

  await t.test("a wrong password may be retried after the operator has mended it", async () => {
    await using admin = responder(tidb, { password: { reveal: () => "wrong" } });
    await assert.rejects(admin.accountsNamed("app", NEVER), RetryableError);
    await tidb.root("ALTER USER responder IDENTIFIED BY 'wrong'");
    assert.equal((await admin.accountsNamed("app", NEVER)).length, 1);
    await tidb.root("ALTER USER responder IDENTIFIED BY ''");
  });

  await t.test(
    "a statement that is given up fails the others of the session at once, and the next one works",
    async () => {
      await using admin = responder(tidb);
      await admin.accountsNamed("app", NEVER);
      const stop = new AbortController();
      const given = admin.accountsNamed("app", stop.signal);
      const beside = admin.accountsNamed("app", NEVER);
      stop.abort();
      await assert.rejects(given, /given up/);
      await assert.rejects(beside, RetryableError);
      assert.equal((await admin.accountsNamed("app", NEVER)).length, 1);
    },
  );

  await t.test("after close the next call opens a session again", async () => {
    await using admin = responder(tidb);
    await admin.close();
    await admin.accountsNamed("app", NEVER);
    await admin.close();
    await admin.close();
    assert.equal((await admin.accountsNamed("app", NEVER)).length, 1);
  });
});

test("a server that never answers is given up after the time-out, and at once on abort", async (t) => {
  const server = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const where = { host: "127.0.0.1", port, user: "responder" };
  const admin = createTidbAdmin({ ...where, connectTimeoutMs: 50, queryTimeoutMs: 50 });
  await assert.rejects(admin.accountsNamed("app", NEVER), RetryableError);

  const patient = createTidbAdmin({ ...where, connectTimeoutMs: 60_000, queryTimeoutMs: 60_000 });
  const stop = new AbortController();
  const connected = once(server, "connection");
  const asked = patient.accountsNamed("app", stop.signal);
  const [socket] = (await connected) as [Socket];
  stop.abort();
  await assert.rejects(asked, /given up/);
  socket.destroy();
});

test("with TLS the certificate and its name are checked, and the client shows its own", async (t) => {
  if (!requireService(t, "tidb") || !requireService(t, "openssl")) return;
  await using folder = await tempDir();
  await using strangers = await tempDir();
  const { ca, server, client } = await createCertificates(folder.path);
  const stranger = await createCertificates(strangers.path);
  const paths = { "ssl-ca": ca, "ssl-cert": server.cert, "ssl-key": server.key };
  const lines = Object.entries(paths).map(([name, path]) => `${name} = ${JSON.stringify(path)}`);
  await using tidb = await startTidb(["[security]", ...lines].join("\n"));
  await createResponder(tidb);
  await tidb.root("ALTER USER responder REQUIRE X509");
  const pem = (path: string) => readFile(path, "utf8");
  const tls = { ca: await pem(ca), cert: await pem(client.cert), key: await pem(client.key) };

  await using admin = responder(tidb, { host: "localhost", tls });
  assert.equal((await admin.accountsNamed("responder", NEVER)).length, 1);

  await using clear = responder(tidb);
  await assert.rejects(clear.accountsNamed("responder", NEVER), RetryableError);
  await using misled = responder(tidb, { host: "localhost", tls: { ...tls, ca: await pem(stranger.ca) } });
  await assert.rejects(misled.accountsNamed("responder", NEVER), RetryableError);
});

async function attributes(tidb: TidbServer, user: string): Promise<unknown> {
  const root = await tidb.connect();
  const [rows] = await root.execute("SELECT User_attributes AS a FROM mysql.user WHERE User = ?", [user]);
  await root.end();
  return (rows as { a: unknown }[])[0]?.a;
}
