import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openTestStore, quiet } from "#test/support/store.ts";

const opened = await openTestStore();
const database = new Database({ connection: opened.store.connection }, quiet.clock, quiet.log);
const folder = await mkdtemp(join(tmpdir(), "tw-migrations-"));
after(async () => {
  await database.close();
  await opened[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test("processes that migrate at the same time do each step once", async () => {
  await writeFile(
    join(folder, "0002_more.sql"),
    "create table tidewatch.more (n int); insert into tidewatch.more values (1)",
  );
  await Promise.all([migrate(database, folder), migrate(database, folder), migrate(database, folder)]);
  assert.deepEqual(await database.query("select n from tidewatch.more"), [{ n: 1 }]);
});

test("a migration that fails leaves nothing of itself, and is tried again", async () => {
  const path = join(folder, "0003_broken.sql");
  await writeFile(path, "create table tidewatch.half (n int); select 1/0");
  await assert.rejects(migrate(database, folder), { code: "22012" });
  await writeFile(path, "create table tidewatch.half (n int)");
  await migrate(database, folder);
});

test("an applied migration must not change", async () => {
  await writeFile(join(folder, "0002_more.sql"), "select 1");
  await assert.rejects(migrate(database, folder), { code: "store_migration_changed" });
});

test("a database that is newer than the program is refused", async () => {
  await assert.rejects(migrate(database), (error: Error) =>
    error.message.startsWith("the database has schema version 3 and this program knows 1"),
  );
});
