import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PermanentError } from "#core/errors.ts";
import type { Database, Queryable } from "./database.ts";

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Any number that nobody else locks: two processes that start at once migrate one after the other. */
const MIGRATION_LOCK = 7_483_920_117;

/**
 * Brings the schema up to the files in `migrations/`, each in a transaction of its own.
 * @throws PermanentError when the database is newer than the program, or an applied file was changed afterwards.
 */
export async function migrate(database: Database, folder = join(import.meta.dirname, "migrations")): Promise<void> {
  const migrations = await readMigrations(folder);
  await database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await tx.query("create schema if not exists tidewatch");
    await tx.query(`create table if not exists tidewatch.migrations (
      version int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
  });
  await refuseNewer(database, migrations);
  for (const migration of migrations) {
    await database.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
      await apply(tx, migration);
    });
  }
}

async function apply(tx: Queryable, { version, name, sql, checksum }: Migration): Promise<void> {
  const [applied] = await tx.query<{ checksum: string }>(
    "select checksum from tidewatch.migrations where version = $1",
    [version],
  );
  if (applied?.checksum === checksum) return;
  if (applied !== undefined) {
    throw new PermanentError(`migration ${name} was changed after it had been applied: restore the file`, {
      code: "store_migration_changed",
    });
  }
  await tx.query(sql);
  await tx.query("insert into tidewatch.migrations (version, name, checksum) values ($1, $2, $3)", [
    version,
    name,
    checksum,
  ]);
}

async function refuseNewer(database: Database, migrations: readonly Migration[]): Promise<void> {
  const known = migrations.at(-1)?.version ?? 0;
  const [row] = await database.query<{ newest: number }>(
    "select coalesce(max(version), 0) as newest from tidewatch.migrations",
  );
  if ((row?.newest ?? 0) <= known) return;
  throw new PermanentError(
    `the database has schema version ${row?.newest} and this program knows ${known}: start the newer Tidewatch again`,
    { code: "store_newer" },
  );
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), "utf8");
      return { version: Number(name.slice(0, 4)), name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}
