import { type FileHandle, link, open, readdir, readFile, rename, rm, statfs } from "node:fs/promises";
import { makeDirectory, syncDirectory } from "../durable-directory.ts";
import { errorCode, type FileLayer, type OpenFile } from "./file-layer.ts";

const FLAGS = { create: "wx+", read: "r", update: "r+" } as const;
/** Readable by the owner only: payloads are log lines, with whatever people put into them. */
const MODE = 0o600;

/** The machine as it is. */
export const realFiles: FileLayer = {
  makeDirectory: (path) => makeDirectory(path, 0o700),
  list: (directory) => readdir(directory),
  open: async (path, mode) => toOpenFile(await open(path, FLAGS[mode], MODE)),
  rename,
  link,
  remove: (path) => rm(path, { force: true }),
  syncDirectory,
  freeBytes: async (path) => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
  self: () => identityOf(process.pid).then((identity) => identity ?? `${process.pid}`),
  isRunning: async (identity) => {
    const pid = Number(identity.split(" ", 1)[0]);
    return Number.isSafeInteger(pid) && pid > 0 && (await identityOf(pid)) === identity;
  },
  reached: () => undefined,
};

function toOpenFile(handle: FileHandle): OpenFile {
  return {
    size: async () => (await handle.stat()).size,
    read: async (into, at) => {
      let read = 0;
      while (read < into.length) {
        const { bytesRead } = await handle.read(into, read, into.length - read, at + read);
        if (bytesRead === 0) break;
        read += bytesRead;
      }
      return read;
    },
    write: async (parts, at) => {
      let rest = parts;
      let position = at;
      while (rest.length > 0) {
        const { bytesWritten } = await handle.writev(rest as Uint8Array[], position);
        position += bytesWritten;
        rest = after(rest, bytesWritten);
      }
    },
    sync: () => handle.datasync(),
    truncate: (sizeBytes) => handle.truncate(sizeBytes),
    close: () => handle.close(),
  };
}

/** What is left of `parts` when `bytes` of them are written. */
function after(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  let k = 0;
  for (; k < parts.length; k++) {
    const part = parts[k] as Uint8Array;
    if (part.length > left) break;
    left -= part.length;
  }
  const first = parts[k];
  return first === undefined ? [] : [first.subarray(left), ...parts.slice(k + 1)];
}

/** Pid, boot and start time: a pid alone is given to another process sooner or later. Undefined when it does not run. */
async function identityOf(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") return signalled(pid) ? `${pid}` : undefined;
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The command in brackets may hold spaces and brackets: count fields from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return `${pid} ${boot.trim()} ${fields[19]}`;
}

function signalled(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
