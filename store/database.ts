import { Client, type ClientBase, Pool, type PoolClient, type PoolConfig } from "pg";
import type { Clock, Logger } from "#core/context.ts";
import { errorMessage, RetryableError } from "#core/errors.ts";
import { storableText } from "./storable.ts";

/** A value to bind. Objects do not go in: make them text with `storableJson`. */
export type Bound = string | number | bigint | boolean | null | readonly string[];

/** What runs a statement: the database itself, or one transaction of it. */
export interface Queryable {
  /** Rows of one statement. Values are bound, never spliced; text is made storable on the way. */
  query<Row>(sql: string, values?: readonly Bound[]): Promise<Row[]>;
}

export interface DatabaseOptions {
  readonly connection: PoolConfig;
  /** Called before another attempt to connect, for a server that can be mended. */
  readonly repair?: (() => void) | undefined;
}

const DEFAULTS = { connectionTimeoutMillis: 10_000, application_name: "tidewatch" };
const CONNECT_PATIENCE_MS = 15_000;
const MAX_TRIES = 10;
/** serialization_failure and deadlock_detected: PostgreSQL asks for the transaction to be run again. */
const RUN_AGAIN = new Set(["40001", "40P01"]);
/** Not there, or not yet: starting up, shutting down, too many connections. */
const AWAY = new Set(["ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE", "57P01", "57P02", "57P03", "53300"]);

/** A pool of connections that outlives restarts of the server. */
export class Database implements Queryable {
  readonly #pool: Pool;
  readonly #options: DatabaseOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(options: DatabaseOptions, clock: Clock, log: Logger) {
    this.#options = options;
    this.#clock = clock;
    this.#pool = new Pool({
      max: 10,
      ...DEFAULTS,
      ...options.connection,
    });
    // An idle connection that breaks is replaced at the next use.
    this.#pool.on("error", (error) => log.debug({ error }, "an idle database connection broke"));
  }

  /** @throws RetryableError when the database is away, or goes away before it answers. */
  async query<Row>(sql: string, values: readonly Bound[] = []): Promise<Row[]> {
    return this.#withClient((client) => toQueryable(client).query<Row>(sql, values));
  }

  /**
   * Runs `work` in one transaction, again from the start when PostgreSQL asks for it: it must have no effect outside
   * the database. @throws RetryableError when the connection is lost; after a lost COMMIT nobody knows the outcome.
   */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#withClient((client) => runTransaction(client, work));
      } catch (error) {
        if (tries >= MAX_TRIES || !RUN_AGAIN.has(codeOf(error))) throw error;
        await this.#clock.sleep(Math.random() * 10 * 2 ** tries, this.#closing.signal);
      }
    }
  }

  /** A connection of its own, for LISTEN; the caller ends it. @throws RetryableError when the database is away. */
  dedicated(): Promise<Client> {
    return this.#patiently(async () => {
      const client = new Client({ ...DEFAULTS, ...this.#options.connection });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    });
  }

  /** Waits for the queries that run. Safe twice. */
  close(): Promise<void> {
    this.#closing.abort();
    this.#closed ??= this.#pool.end();
    return this.#closed;
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#patiently(() => this.#pool.connect());
    let broken: unknown;
    // pg reports a connection that breaks under a query twice: by the query, and by this event.
    const onError = (error: Error): void => void (broken = error);
    client.on("error", onError);
    try {
      return await work(client);
    } catch (error) {
      if (isConnectionError(error)) broken = error;
      if (broken === undefined) throw error;
      throw new RetryableError(`the database went away: ${errorMessage(error)}`, { cause: error, code: "store_away" });
    } finally {
      client.off("error", onError);
      client.release(broken !== undefined);
    }
  }

  /** Connects, waiting out a restart of the server. */
  async #patiently<T>(connect: () => Promise<T>): Promise<T> {
    const until = this.#clock.monotonic() + CONNECT_PATIENCE_MS;
    for (let waitMs = 20; ; waitMs = Math.min(waitMs * 2, 1000)) {
      try {
        return await connect();
      } catch (error) {
        const hopeless = !isConnectionError(error) || this.#clock.monotonic() > until || this.#closing.signal.aborted;
        if (hopeless) {
          throw new RetryableError(`cannot reach the database: ${errorMessage(error)}`, {
            cause: error,
            code: "store_away",
          });
        }
        this.#options.repair?.();
        await this.#clock.sleep(waitMs, this.#closing.signal);
      }
    }
  }
}

async function runTransaction<T>(client: PoolClient, work: (tx: Queryable) => Promise<T>): Promise<T> {
  await client.query("begin isolation level read committed");
  try {
    const result = await work(toQueryable(client));
    await client.query("commit");
    return result;
  } catch (error) {
    // On a broken connection the server rolls back by itself.
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

function toQueryable(client: ClientBase): Queryable {
  return {
    async query<Row>(sql: string, values: readonly Bound[] = []): Promise<Row[]> {
      const bound = values.map((value) => {
        if (typeof value === "string") return storableText(value);
        return Array.isArray(value) ? value.map(storableText) : value;
      });
      return (await client.query(sql, bound)).rows as Row[];
    },
  };
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

/** What pg says of a broken connection when it has no code for it. */
const BROKEN = ["Connection terminated", "Client has encountered a connection error", "timeout exceeded"];

function isConnectionError(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== "") return AWAY.has(code) || code.startsWith("08");
  return BROKEN.some((start) => errorMessage(error).startsWith(start));
}
