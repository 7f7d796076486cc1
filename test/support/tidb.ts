import { writeFile } from "node:fs/promises";
import { connect as connectSocket, type Socket } from "node:net";
import { join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import { freePorts } from "./free-port.ts";
import { programOf } from "./require-service.ts";
import { type ServiceProcess, startService } from "./service-process.ts";
import { tempDir } from "./temp-dir.ts";

interface TidbLogin {
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** Client address that the server shall see, sent as a PROXY header; default 127.0.0.1. */
  readonly from?: string;
}

/** One real tidb-server with its storage inside (unistore); `root` has no password. */
export interface TidbServer extends AsyncDisposable {
  readonly port: number;
  readonly statusPort: number;
  /** The server's log; the general log has a file of its own. */
  readonly logFile: string;
  readonly generalLogFile: string;
  readonly slowLogFile: string;
  /** A session; the server's end closes it if the test has not. */
  connect(login?: TidbLogin): Promise<Connection>;
  /** Runs statements one after the other as root. */
  root(...statements: readonly string[]): Promise<void>;
  /** SIGTERM; sessions die. */
  stop(): Promise<void>;
  /** Starts again after `stop`: same ports, same data. */
  restart(): Promise<void>;
}

/** `config` is added to the server's TOML. */
export async function startTidb(config = ""): Promise<TidbServer> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await tempDir());
  const [port, statusPort] = (await freePorts(2)) as [number, number];
  const files = {
    logFile: join(folder.path, "tidb.log"),
    generalLogFile: join(folder.path, "tidb-general.log"),
    slowLogFile: join(folder.path, "tidb-slow.log"),
  };
  const configFile = join(folder.path, "tidb.toml");
  await writeFile(configFile, toml(folder.path, port, statusPort, files) + config);
  // TiDB opens a log that exists for appending, and writes over what others append to one that it makes itself.
  await Promise.all(Object.values(files).map((path) => writeFile(path, "")));

  const sessions = new Set<Connection>();
  const connect = async (login: TidbLogin = {}): Promise<Connection> => {
    const { user = "root", password = "", from, ...rest } = login;
    const stream = (): Socket => openSocket(port, from);
    const session = await createConnection({ user, password, ...rest, stream, connectTimeout: 5000 });
    sessions.add(session);
    return session;
  };
  const start = (): Promise<ServiceProcess> =>
    startService({
      name: "tidb-server",
      command: [programOf("tidb"), "-config", configFile],
      env: { TZ: "UTC" },
      logFiles: [files.logFile],
      probe: async () => {
        const session = await connect();
        const [rows] = await session.query("SELECT @@datadir AS folder");
        await session.end();
        if ((rows as { folder: string }[])[0]?.folder !== dataFolder(folder.path)) throw new Error("not our server");
      },
    });
  let server = await start();
  cleanup.defer(() => server.stop());
  cleanup.defer(() => {
    for (const session of sessions) session.destroy();
  });
  const owned = cleanup.move();
  return {
    port,
    statusPort,
    ...files,
    connect,
    async root(...statements) {
      const session = await connect();
      for (const statement of statements) await session.query(statement);
      await session.end();
    },
    stop: () => server.stop(),
    async restart() {
      server = await start();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function dataFolder(folder: string): string {
  return join(folder, "data");
}

type LogFiles = Pick<TidbServer, "logFile" | "generalLogFile" | "slowLogFile">;

function toml(folder: string, port: number, statusPort: number, files: LogFiles): string {
  return `
host = "127.0.0.1"
port = ${port}
store = "unistore"
path = ${JSON.stringify(dataFolder(folder))}
temp-dir = ${JSON.stringify(join(folder, "tmp"))}
socket = ""
[status]
status-host = "127.0.0.1"
status-port = ${statusPort}
[log]
slow-query-file = ${JSON.stringify(files.slowLogFile)}
general-log-file = ${JSON.stringify(files.generalLogFile)}
[log.file]
filename = ${JSON.stringify(files.logFile)}
[proxy-protocol]
networks = "127.0.0.1"
fallbackable = true
`;
}

/** A connection that says in a PROXY v1 header that it comes from `from`. */
function openSocket(port: number, from: string | undefined): Socket {
  const socket = connectSocket(port, "127.0.0.1");
  if (from?.includes(":") === true) socket.write(`PROXY TCP6 ${from} ::1 40000 ${port}\r\n`);
  else if (from !== undefined) socket.write(`PROXY TCP4 ${from} 127.0.0.1 40000 ${port}\r\n`);
  return socket;
}
