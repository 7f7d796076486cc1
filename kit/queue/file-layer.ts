/**
 * Moments at which a crash is told apart from any other; a harness ends the process (or pretends to) at one of them.
 * docs/queue-format.md says what is on the disk at each.
 */
export const KILL_POINTS = [
  "segment.created",
  "segment.written",
  "segment.synced",
  "segment.ready",
  "append.written",
  "append.synced",
  "append.rolled_back",
  "cursor.written",
  "cursor.synced",
  "cursor.renamed",
  "cursor.durable",
  "segment.removed",
  "tail.cut",
] as const;

export type KillPoint = (typeof KILL_POINTS)[number];

/** An open file. Positions are explicit: there is no file pointer to get wrong. */
export interface OpenFile {
  size(): Promise<number>;
  /** Fills `into` from `at` on and returns the bytes read; fewer only at the end of the file. */
  read(into: Uint8Array, at: number): Promise<number>;
  /** Writes all parts one after the other from `at` on. When it throws, any part of them may be in the file. */
  write(parts: readonly Uint8Array[], at: number): Promise<void>;
  /** fdatasync: bytes and size are on the disk when it resolves. When it throws, nobody knows which are. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

/** All that the queue asks of the machine. Tests and harnesses put faults in between. Errors are Node's, with `code`. */
export interface FileLayer {
  /** Made with its parents if it is missing; then all of them survive a power cut. */
  makeDirectory(path: string): Promise<void>;
  /** Names, not paths; ENOENT when there is no such directory. */
  list(directory: string): Promise<string[]>;
  /** `create` makes the file and fails with EEXIST if there is one; `read` may not write; `update` may do both. */
  open(path: string, mode: "create" | "read" | "update"): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; EEXIST when the name is taken. */
  link(from: string, to: string): Promise<void>;
  /** Nothing happens when there is no such file. */
  remove(path: string): Promise<void>;
  /** Names made, changed or removed before survive a power cut once it resolves. */
  syncDirectory(path: string): Promise<void>;
  /** Bytes that an ordinary user may still write to the file system of `path`. */
  freeBytes(path: string): Promise<number>;
  /** Names this process so that no other one, before or after, has the same name. */
  self(): Promise<string>;
  /** Whether the process of that name runs now. */
  isRunning(identity: string): Promise<boolean>;
  reached(point: KillPoint): void | Promise<void>;
}

/** Node's error code, or an empty text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The whole of a small file; undefined when there is none or it holds more than `limitBytes`. */
export async function readSmallFile(files: FileLayer, path: string, limitBytes: number): Promise<Buffer | undefined> {
  let file: OpenFile;
  try {
    file = await files.open(path, "read");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const size = await file.size();
    if (size > limitBytes) return undefined;
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}
