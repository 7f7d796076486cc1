import { cpSync, openSync, writeSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import type * as promises from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import type { InsideFault } from "./inside-fault.ts";
import type { JournalLine, Operation } from "./disk-journal.ts";

type Promises = typeof promises;
type Method = (...args: never[]) => Promise<unknown>;

/**
 * Notes in a journal outside of the run's folder what the program asks of the disk, and kills the process at the nth
 * operation: before it begins, while it is under way, or when it is done. `power-cut.ts` makes of the journal what a loss
 * of power at that moment would leave. What was there before is copied beside the journal.
 */
export function recordDisk({ root, journal, nth, when }: Extract<InsideFault, { kind: "power" }>): void {
  cpSync(root, `${journal}.base`, { recursive: true, filter: (path) => !path.endsWith(".log") });
  const file = openSync(journal, "w");
  const note = (line: JournalLine): void => void writeSync(file, `${JSON.stringify(line)}\n`);
  const kill = (moment: typeof when, number: number): void => {
    if (moment === when && number === nth) process.kill(process.pid, "SIGKILL");
  };
  let count = 0;
  const perform = async <T>(operation: Operation, run: () => Promise<T>): Promise<T> => {
    const number = ++count;
    note({ number, operation });
    kill("before", number);
    const running = run();
    kill("during", number);
    try {
      const result = await running;
      const { bytesWritten } = (result ?? {}) as { bytesWritten?: number };
      note({ done: number, ...(bytesWritten === undefined ? {} : { bytesWritten }) });
      kill("after", number);
      return result;
    } catch (error) {
      note({ failed: number });
      throw error;
    }
  };
  patch(root, perform);
}

/** A call of these has one path or two, and then options. */
const paths = (args: readonly unknown[]): string[] =>
  args.flatMap((arg) => (typeof arg === "string" ? [resolve(arg)] : []));

type Perform = <T>(operation: Operation, run: () => Promise<T>) => Promise<T>;

function patch(root: string, perform: Perform): void {
  const promises = createRequire(import.meta.url)("node:fs/promises") as Record<string, Method> & Promises;
  const handles = new WeakMap<FileHandle, number>();
  let opened = 0;
  const inside = (path: unknown): path is string =>
    typeof path === "string" && `${resolve(path)}/`.startsWith(`${root}/`);
  const replace = (
    name: "rename" | "link" | "unlink" | "rm" | "mkdir",
    told: (...args: string[]) => Operation,
  ): void => {
    const real = promises[name] as Method;
    (promises as Record<string, Method>)[name] = (...args) => {
      const run = (): Promise<unknown> => real(...args);
      return inside(args[0]) ? perform(told(...paths(args)), run) : run();
    };
  };
  replace("rename", (path = "", to = "") => ({ kind: "rename", path, to }));
  replace("link", (path = "", to = "") => ({ kind: "link", path, to }));
  for (const name of ["unlink", "rm"] as const) replace(name, (path = "") => ({ kind: "remove", path }));
  replace("mkdir", (path = "") => ({ kind: "makeDirectory", path }));

  const { open } = promises;
  let patched = false;
  (promises as Record<string, Method>)["open"] = async (path: string, flags = "r", mode?: number) => {
    const run = async (): Promise<FileHandle> => {
      const handle = await open(path, flags, mode);
      if (!patched) patchHandles(Object.getPrototypeOf(handle) as FileHandle, handles, perform);
      patched = true;
      return handle;
    };
    if (!inside(path) || path.endsWith(".log")) return run();
    const handle = ++opened;
    const file = await perform({ kind: "open", path: resolve(path), flags, handle }, run);
    handles.set(file, handle);
    return file;
  };
  syncBuiltinESMExports();
}

/** All handles of files share one prototype. */
function patchHandles(prototype: FileHandle, handles: WeakMap<FileHandle, number>, perform: Perform): void {
  const replace = (name: keyof FileHandle, told: (handle: number, ...args: never[]) => Operation): void => {
    const real = prototype[name] as Method;
    Object.assign(prototype, {
      [name](this: FileHandle, ...args: never[]) {
        const handle = handles.get(this);
        const run = (): Promise<unknown> => real.apply(this, args);
        return handle === undefined ? run() : perform(told(handle, ...args), run);
      },
    });
  };
  const write = (handle: number, at: number | null, bytes: Uint8Array): Operation => ({
    kind: "write",
    handle,
    at,
    bytes: Buffer.from(bytes).toString("base64"),
  });
  replace("write", (handle, bytes: Uint8Array, offset?: number, length?: number, at?: number) =>
    write(
      handle,
      at ?? null,
      Buffer.from(bytes)
        .subarray(offset ?? 0)
        .subarray(0, length),
    ),
  );
  replace("writev", (handle, parts: Uint8Array[], at?: number) => write(handle, at ?? null, Buffer.concat(parts)));
  for (const name of ["writeFile", "appendFile"] as const)
    replace(name, (handle, bytes: Uint8Array) => write(handle, null, Buffer.from(bytes)));
  replace("truncate", (handle, sizeBytes?: number) => ({ kind: "truncate", handle, sizeBytes: sizeBytes ?? 0 }));
  for (const name of ["sync", "datasync"] as const) replace(name, (handle) => ({ kind: "sync", handle }));
}
