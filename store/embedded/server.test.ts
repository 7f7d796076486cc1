import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { connectStore, type Store } from "../connect-store.ts";
import { openTestStore, quiet, temporaryFolder } from "#test/support/store.ts";
import { isPostgresOf } from "./process-identity.ts";

async function serverPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8"), 10);
}

async function answers(store: Store): Promise<void> {
  assert.deepEqual(await store.query("select 1 as one"), [{ one: 1 }]);
}

test("the server listens on no network address, and its files are private", async () => {
  await using opened = await openTestStore();
  const [row] = await opened.store.query<{ listen: string }>("select current_setting('listen_addresses') as listen");
  assert.equal(row?.listen, "");
  for (const name of ["postgres", "run"]) assert.equal((await stat(join(opened.dataDir, name))).mode & 0o777, 0o700);
  assert.equal((await stat(join(opened.dataDir, "password"))).mode & 0o777, 0o600);
});

/** Resolves once a new connection listens; again for every reconnect. */
function connections(store: Store): () => Promise<void> {
  let next = Promise.withResolvers<void>();
  store.listen("test", () => next.resolve());
  return async () => {
    await next.promise;
    next = Promise.withResolvers();
  };
}

test("kill -9 of the database: it is started again and queries go on", async () => {
  await using opened = await openTestStore();
  await opened.store.query("create table kept as select 7 as n");
  const connected = connections(opened.store);
  await connected();
  const pid = await serverPid(opened.dataDir);
  process.kill(pid, "SIGKILL");
  await connected();
  assert.deepEqual(await opened.store.query("select n from kept"), [{ n: 7 }]);
  assert.notEqual(await serverPid(opened.dataDir), pid);
});

test("a socket that somebody removed comes back", async () => {
  await using opened = await openTestStore();
  await rm(join(opened.dataDir, "run"), { recursive: true });
  await connections(opened.store)();
  assert.equal((await stat(join(opened.dataDir, "run"))).mode & 0o777, 0o700);
});

test("kill -9 of the owner: the next one stops the orphan and finds all data", async () => {
  await using folder = await temporaryFolder();
  const script = `
    import { connectStore } from ${JSON.stringify(import.meta.resolve("../connect-store.ts"))};
    import { quiet } from ${JSON.stringify(import.meta.resolve("#test/support/store.ts"))};
    const store = await connectStore({ data_dir: ${JSON.stringify(folder.path)}, fsync: false }, quiet);
    await store.query("create table kept as select 7 as n");
    console.log("ready");`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(owner.stdout, "data");
  const orphan = await serverPid(folder.path);
  const refused = connectStore({ data_dir: folder.path, fsync: false }, quiet);
  await assert.rejects(refused, (error: Error) => error.message.includes(`in use by process ${owner.pid}`));
  owner.kill("SIGKILL");
  await once(owner, "exit");
  const clusterDir = join(folder.path, "postgres");
  assert.equal(await isPostgresOf(orphan, clusterDir), true);
  const store = await connectStore({ data_dir: folder.path, fsync: false }, quiet);
  assert.deepEqual(await store.query("select n from kept"), [{ n: 7 }]);
  assert.equal(await isPostgresOf(orphan, clusterDir), false);
  await store.close();
});

test("a data directory too deep for a socket works all the same", async () => {
  await using folder = await temporaryFolder();
  const deep = join(folder.path, "d".repeat(60), "e".repeat(60));
  await mkdir(deep, { recursive: true, mode: 0o711 });
  const store = await connectStore({ data_dir: deep, fsync: false }, quiet);
  await answers(store);
  await store.close();
  assert.ok("host" in store.connection);
  await rm(store.connection.host, { recursive: true });
});

test(
  "a folder on the way that the database's user cannot enter is named",
  { skip: process.getuid?.() !== 0 },
  async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o700);
    const refused = connectStore({ data_dir: join(folder.path, "store"), fsync: false }, quiet);
    await assert.rejects(refused, (error: Error) => error.message.includes(`cannot enter ${folder.path}:`));
  },
);

test("close leaves no process, and the folder can be opened again", async () => {
  await using folder = await temporaryFolder();
  for (let round = 0; round < 2; round++) {
    const store = await connectStore({ data_dir: folder.path, fsync: false }, quiet);
    await answers(store);
    const pid = await serverPid(folder.path);
    await store.close();
    await store.close();
    assert.equal(await isPostgresOf(pid, join(folder.path, "postgres")), false);
  }
});
