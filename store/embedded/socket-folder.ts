import { createHash } from "node:crypto";
import { chown, lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PermanentError } from "#core/errors.ts";
import type { RunAs } from "./run-as.ts";

/** sun_path holds 108 bytes with the closing zero on Linux and 104 on macOS. */
const MAX_SOCKET_PATH = 103;
const SOCKET_NAME = ".s.PGSQL.5432";

/**
 * A folder that only the server's user (and root) can enter, for its Unix socket. In the data directory, or in the
 * temporary folder when that path would be too long for a socket.
 */
export async function makeSocketFolder(dataDir: string, { uid, gid }: RunAs): Promise<string> {
  const folder = socketFolderOf(dataDir);
  const made = await mkdir(folder, { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
  if (made && uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  const found = await lstat(folder);
  // Someone else may have put a folder or a link of theirs under this name in a shared temporary folder.
  if (!found.isDirectory() || found.uid !== (uid ?? process.getuid?.()) || (found.mode & 0o077) !== 0) {
    throw new PermanentError(`${folder} is not a private folder of the database's user: remove it`, {
      code: "store_socket_folder",
    });
  }
  return folder;
}

/** Where the folder for this data directory (a real path) is. */
export function socketFolderOf(dataDir: string): string {
  const near = join(dataDir, "run");
  if (Buffer.byteLength(socketPath(near)) <= MAX_SOCKET_PATH) return near;
  const digest = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  return join(tmpdir(), `tidewatch-${digest}`);
}

export function socketPath(folder: string): string {
  return join(folder, SOCKET_NAME);
}
