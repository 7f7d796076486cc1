import { Redis } from "ioredis";
import { freePorts } from "./free-port.ts";
import { programOf } from "./require-service.ts";
import { type ServiceProcess, startService } from "./service-process.ts";
import { tempDir } from "./temp-dir.ts";

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  /** `redis://127.0.0.1:port` */
  readonly url: string;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Starts again after `kill` or `stop`: same port, same folder. */
  restart(): Promise<void>;
}

interface RedisOptions {
  /** Every write is on disk before it is answered, so that it survives `kill`. */
  readonly appendonly?: boolean;
  /** More arguments of redis-server: `["--maxmemory", "3mb"]`. */
  readonly args?: readonly string[];
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await tempDir());
  const [port] = (await freePorts(1)) as [number];
  const place = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder.path];
  const appendonly = options.appendonly === true ? ["yes", "--appendfsync", "always"] : ["no"];
  const memory = ["--maxmemory-policy", "noeviction", "--save", "", "--appendonly", ...appendonly];
  const start = (): Promise<ServiceProcess> =>
    startService({
      name: "redis-server",
      command: [programOf("redis"), ...place, ...memory, ...(options.args ?? [])],
      probe: (_signal, pid) => checkProcessId(port, pid),
    });
  let service = await start();
  cleanup.defer(() => service.stop());
  const owned = cleanup.move();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => service.kill(),
    stop: () => service.stop(),
    async restart() {
      service = await start();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function checkProcessId(port: number, pid: number): Promise<void> {
  const client = new Redis({ host: "127.0.0.1", port, lazyConnect: true, retryStrategy: null, connectTimeout: 2000 });
  client.on("error", () => {}); // connect() rejects with the same error
  try {
    await client.connect();
    const info = await client.info("server");
    if (!info.includes(`process_id:${pid}\r\n`)) throw new Error("another Redis has the port");
  } finally {
    client.disconnect();
  }
}
