import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Logger } from "#core/context.ts";
import { TidewatchError } from "#core/errors.ts";
import { initCluster, SUPERUSER } from "./init-cluster.ts";
import { locateBinaries, type PostgresBinaries } from "./locate-binaries.ts";
import { type OwnerLock, takeOwnership } from "./owner-lock.ts";
import { checkReachable, chooseUser, type RunAs } from "./run-as.ts";
import { makeSocketFolder, socketPath } from "./socket-folder.ts";
import { stopOrphan } from "./stop-orphan.ts";

const READY = "database system is ready to accept connections";
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const MAX_RESTART_WAIT_MS = 10_000;
const TAIL_LENGTH = 2000;

export interface ServerOptions {
  readonly dataDir: string;
  /** Off only in tests: a crash of the machine would lose data. */
  readonly fsync: boolean;
}

/** How clients reach the server. */
export interface ServerAddress {
  /** Folder of the Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

interface Prepared {
  readonly binaries: PostgresBinaries;
  readonly clusterDir: string;
  readonly runAs: RunAs;
  readonly dataDir: string;
  readonly socketFolder: string;
  readonly password: string;
}

/** A PostgreSQL of our own: a child process on a private Unix socket, started again when it dies. */
export class EmbeddedServer {
  readonly #options: ServerOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #lock: OwnerLock | undefined;
  #prepared: Prepared | undefined;
  #child: ChildProcess | undefined;
  #watch: Promise<void> | undefined;

  constructor(options: ServerOptions, clock: Clock, log: Logger) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
  }

  /** Resolves once the server takes connections. @throws PermanentError with what to do, TidewatchError on a failed start. */
  async start(): Promise<ServerAddress> {
    await mkdir(this.#options.dataDir, { recursive: true, mode: 0o711 });
    const dataDir = await realpath(this.#options.dataDir);
    this.#lock = await takeOwnership(dataDir);
    try {
      this.#prepared = await this.#prepare(dataDir);
      this.#child = await this.#launchFirst(this.#prepared);
    } catch (error) {
      await this.#lock.release();
      throw error;
    }
    this.#watch = this.#keepAlive(this.#prepared, this.#child);
    const { socketFolder, password } = this.#prepared;
    return { host: socketFolder, port: 5432, user: SUPERUSER, password, database: "postgres" };
  }

  /** Restarts a server that lives but lost its socket, as when a cleaner empties the temporary folder. */
  repair(): void {
    if (this.#prepared !== undefined && !existsSync(socketPath(this.#prepared.socketFolder)))
      this.#child?.kill("SIGINT");
  }

  /** Safe twice. The server gets 10 s to close its files, then it is killed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watch;
    await this.#lock?.release();
    this.#lock = undefined;
  }

  async #prepare(dataDir: string): Promise<Prepared> {
    const clusterDir = join(dataDir, "postgres");
    const binaries = await locateBinaries();
    const runAs = await chooseUser(clusterDir);
    if (runAs.uid !== undefined) await chmod(dataDir, 0o711);
    await checkReachable(clusterDir, runAs);
    await checkReachable(binaries.postgres, runAs);
    const password = await initCluster(binaries, dataDir, clusterDir, runAs);
    await stopOrphan(clusterDir, this.#clock, this.#log);
    const socketFolder = await makeSocketFolder(dataDir, runAs);
    return { binaries, clusterDir, runAs, dataDir, socketFolder, password };
  }

  /** Backends of a killed server hold its shared memory for a moment longer, and a new one refuses to start. */
  async #launchFirst(prepared: Prepared): Promise<ChildProcess> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#launch(prepared);
      } catch (error) {
        if (tries === 3 || this.#stopping.signal.aborted) throw error;
        await this.#clock.sleep(500, this.#stopping.signal);
      }
    }
  }

  /** One server process, ready. */
  async #launch({ binaries, clusterDir, runAs, dataDir, socketFolder }: Prepared): Promise<ChildProcess> {
    await makeSocketFolder(dataDir, runAs);
    const settings = {
      listen_addresses: "",
      unix_socket_directories: socketFolder,
      unix_socket_permissions: "0700",
      shared_buffers: "16MB",
      max_connections: "40",
      jit: "off",
      fsync: this.#options.fsync ? "on" : "off",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    // A group of its own, so that Ctrl-C in a terminal does not stop the database before us.
    const child = spawn(binaries.postgres, ["-D", clusterDir, ...args], {
      ...runAs,
      cwd: clusterDir,
      env: { LC_ALL: "C" },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    const ready = Promise.withResolvers<void>();
    let tail = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      tail = (tail + text).slice(-TAIL_LENGTH);
      if (tail.includes(READY)) ready.resolve();
    });
    child.once("error", ready.reject);
    child.once("exit", (code, signal) => {
      const why = `the database server stopped (${signal ?? code}): ${tail.trim()}`;
      ready.reject(new TidewatchError(why, { code: "store_server" }));
    });
    const timer = AbortSignal.timeout(START_TIMEOUT_MS);
    timer.addEventListener("abort", () => {
      ready.reject(
        new TidewatchError(`the database server is not ready after 60 s: ${tail.trim()}`, { code: "store_server" }),
      );
    });
    try {
      await ready.promise;
      return child;
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** Never rejects: the owner of the child until `stop`. */
  async #keepAlive(prepared: Prepared, first: ChildProcess): Promise<void> {
    let child: ChildProcess | undefined = first;
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, MAX_RESTART_WAIT_MS)) {
      if (child !== undefined) {
        await this.#exitOf(child);
        waitMs = 100;
      }
      if (this.#stopping.signal.aborted) return;
      this.#log.warn({ waitMs }, "the database server is gone, starting it again");
      await this.#clock.sleep(waitMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      child = await this.#launch(prepared).catch((error: unknown) => {
        this.#log.error({ error }, "the database server does not start");
        return undefined;
      });
      this.#child = child;
    }
  }

  /** Resolves when the process has ended; ends it once we are to stop. */
  async #exitOf(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    const stop = (): void => {
      child.kill("SIGINT");
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      child.once("exit", () => clearTimeout(force));
    };
    if (this.#stopping.signal.aborted) stop();
    else this.#stopping.signal.addEventListener("abort", stop, { once: true });
    await exited;
    this.#stopping.signal.removeEventListener("abort", stop);
  }
}
