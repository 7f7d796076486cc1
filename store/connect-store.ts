import type { Clock, Logger } from "#core/context.ts";
import { PermanentError } from "#core/errors.ts";
import { Database } from "./database.ts";
import { runningServer } from "./embedded/running-server.ts";
import { EmbeddedServer, type ServerAddress } from "./embedded/server.ts";
import { type Listener, listen } from "./listen.ts";
import { migrate } from "./migrate.ts";

/** Where the data is: a PostgreSQL of yours by URL, or a folder for one that we start ourselves. */
export type StoreLocation =
  | { readonly url: string }
  | {
      readonly data_dir: string;
      /** Tests alone turn it off. */
      readonly fsync?: boolean;
    };

export type StoreConnection = { readonly connectionString: string } | ServerAddress;

export interface Environment {
  readonly clock: Clock;
  readonly log: Logger;
}

/** An open, migrated database. The modules of this folder take it (or a transaction of it) as their first argument. */
export interface Store extends Pick<Database, "query" | "transaction"> {
  /** For others that bring their own tables, in a schema of their own (BullMQ). */
  readonly connection: StoreConnection;
  /** Calls back for every NOTIFY on a channel, and once after each reconnect, as some may have been missed. */
  listen(channel: string, onNotify: (payload: string) => void): Listener;
  close(): Promise<void>;
}

/** Opens the store and brings its schema up to date. @throws TidewatchError that says in one line what to do. */
export async function connectStore(location: StoreLocation, { clock, log }: Environment): Promise<Store> {
  if ("url" in location) return open({ connectionString: location.url }, { clock, log });
  const { data_dir: dataDir, fsync = true } = location;
  const server = new EmbeddedServer({ dataDir, fsync }, clock, log);
  const address = await server.start();
  try {
    return await open(address, { clock, log }, server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * Opens the store for a short look from another process. Where its own server is already running for somebody, it is
 * used and left running; otherwise like `connectStore`.
 */
export async function attachStore(location: StoreLocation, environment: Environment): Promise<Store> {
  try {
    return await connectStore(location, environment);
  } catch (error) {
    if ("url" in location || !(error instanceof PermanentError) || error.code !== "store_in_use") throw error;
    return open(await runningServer(location.data_dir), environment);
  }
}

async function open(connection: StoreConnection, { clock, log }: Environment, server?: EmbeddedServer): Promise<Store> {
  const database = new Database({ connection, repair: server && (() => server.repair()) }, clock, log);
  const listeners = new Set<Listener>();
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    connection,
    query: (sql, values) => database.query(sql, values),
    transaction: (work) => database.transaction(work),
    listen(channel, onNotify) {
      const listener = listen(database, channel, onNotify, { clock, log });
      listeners.add(listener);
      return listener;
    },
    async close() {
      await Promise.all([...listeners].map((listener) => listener.close()));
      await database.close();
      await server?.stop();
    },
  };
}
