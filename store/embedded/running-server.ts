import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { SUPERUSER } from "./init-cluster.ts";
import type { ServerAddress } from "./server.ts";
import { socketFolderOf } from "./socket-folder.ts";

/** How to reach the server that another process of ours runs on this data directory. @throws what the file system says. */
export async function runningServer(dataDir: string): Promise<ServerAddress> {
  const path = await realpath(dataDir);
  const password = await readFile(join(path, "password"), "utf8");
  return { host: socketFolderOf(path), port: 5432, user: SUPERUSER, password, database: "postgres" };
}
