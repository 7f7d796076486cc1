import { connect, type Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import type { Connection, ConnectionOptions, RowDataPacket } from "mysql2/promise";
import { PermanentError, RetryableError } from "#core/errors.ts";
import { isServerError, translateError } from "./translate-error.ts";

export interface TidbAdminSettings {
  /** With TLS a name, since certificates are checked against it. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: { reveal(): string } | undefined;
  /** Without it the session is in the clear. The server's certificate is always checked, its name too. */
  readonly tls?: Pick<SecureContextOptions, "ca" | "cert" | "key"> | undefined;
  readonly connectTimeoutMs: number;
  readonly queryTimeoutMs: number;
}

type Row = Readonly<Record<string, unknown>>;

/** A session and the way to cut its socket; cutting fails every statement that waits. */
interface Open {
  readonly connection: Promise<Connection>;
  readonly cut: AbortController;
}

/**
 * One session that is opened by the first statement and again after it was lost. A statement that is given up takes
 * the session with it, since nobody can tell what the server still does.
 */
export class TidbSession {
  readonly #settings: TidbAdminSettings;
  #open: Open | undefined;

  constructor(settings: TidbAdminSettings) {
    this.#settings = settings;
  }

  /** A query with bound values, bound by the server: no escaping, whatever sql_mode is. */
  async select(sql: string, values: readonly string[], signal: AbortSignal): Promise<readonly Row[]> {
    const timeout = this.#settings.queryTimeoutMs;
    return this.#use(signal, async (connection) => {
      const [rows] = await connection.execute<RowDataPacket[]>({ sql, timeout }, [...values]);
      return rows;
    });
  }

  /** A statement that takes no bound values; the caller vouches for its text. */
  async run(sql: string, signal: AbortSignal): Promise<void> {
    const timeout = this.#settings.queryTimeoutMs;
    await this.#use(signal, (connection) => connection.query({ sql, timeout }));
  }

  close(): void {
    if (this.#open !== undefined) this.#drop(this.#open);
  }

  async #use<T>(signal: AbortSignal, work: (connection: Connection) => Promise<T>): Promise<T> {
    if (signal.aborted) throw new RetryableError("given up", { cause: signal.reason });
    const open = (this.#open ??= this.#connect());
    const onAbort = (): void => this.#drop(open);
    signal.addEventListener("abort", onAbort);
    try {
      return await work(await open.connection);
    } catch (error) {
      if (!isServerError(error)) this.#drop(open);
      throw signal.aborted ? new RetryableError("given up", { cause: signal.reason }) : translateError(error);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #connect(): Open {
    const cut = new AbortController();
    const open = { connection: this.#logIn(cut.signal), cut };
    open.connection.then(
      (connection) => connection.on("error", () => this.#drop(open)),
      () => this.#drop(open),
    );
    return open;
  }

  async #logIn(signal: AbortSignal): Promise<Connection> {
    const { createConnection } = await import("mysql2/promise");
    const { host, port, user, password, tls, connectTimeoutMs: connectTimeout, queryTimeoutMs } = this.#settings;
    // The driver would only close its half and wait for the server's.
    const stream = (): Socket => connect({ host, port, signal, noDelay: true, keepAlive: true });
    // Without verifyIdentity the driver takes a valid certificate of any name.
    const ssl = tls && { ...tls, verifyIdentity: true };
    const login = { host, port, user, password: password?.reveal() ?? "", charset: "utf8mb4_bin", connectTimeout };
    const connection = await createConnection({ ...login, stream, ...(ssl && { ssl }) } as ConnectionOptions);
    await requireProcessPrivilege(connection, queryTimeoutMs);
    return connection;
  }

  /** Safe twice. The next statement opens another session. */
  #drop(open: Open): void {
    if (this.#open === open) this.#open = undefined;
    open.cut.abort();
  }
}

/** Without PROCESS the list of sessions is empty and no error says so: a kill would seem to have worked. */
async function requireProcessPrivilege(connection: Connection, timeout: number): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>({ sql: "SHOW GRANTS", timeout, rowsAsArray: true });
  const privileges = (rows as unknown as [string][]).flatMap(([line]) => {
    const [list, ...rest] = line.split(" ON *.* TO ");
    return rest.length > 0 && list !== undefined ? list.slice("GRANT ".length).split(",") : [];
  });
  if (privileges.includes("PROCESS") || privileges.includes("ALL PRIVILEGES")) return;
  throw new PermanentError("the responder's account lacks the PROCESS privilege", { code: "tidb_privilege" });
}
