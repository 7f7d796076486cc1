import { type FileHandle, open, readdir, rename, unlink } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { LogBatch } from "#core/batch.ts";
import type { Clock } from "#core/context.ts";
import { RetryableError } from "#core/errors.ts";
import { makeDirectory, syncDirectory } from "#kit/durable-directory.ts";
import type { Report } from "#kit/deliver.ts";
import type { FileConfig } from "./config.ts";
import type { Encode } from "./encode.ts";

interface Waiting {
  readonly batch: LogBatch;
  readonly resolve: (report: Report) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A file that batches are appended to. Batches that arrive while the disk is busy are written together and share one
 * sync. A write that fails half-way is cut off again, so that no half line stays behind.
 */
export class AppendFile {
  readonly #config: FileConfig;
  readonly #encode: Encode;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #handle: FileHandle | undefined;
  #size = 0;
  #writing: Promise<void> | undefined;

  constructor(config: FileConfig, encode: Encode, clock: Clock) {
    this.#config = config;
    this.#encode = encode;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    const { path, fsync } = this.#config;
    await makeDirectory(dirname(path));
    const handle = await open(path, "a+");
    try {
      // A file whose name is not on the disk is gone after a power cut, however well its content was synced.
      if (fsync === "always") await syncDirectory(dirname(path));
      this.#size = await cutTornLine(handle);
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
    // Not before: with another file's size a failed write would be cut off at the wrong place.
    this.#handle = handle;
  }

  /** Resolves when the batch is in the file, and on the disk unless `fsync: never`. */
  append(batch: LogBatch): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** Never rejects: outcomes go to those who wait. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        await this.#writeGroup(group);
        for (const { resolve } of group) resolve({});
      } catch (error) {
        const failure = new RetryableError(`cannot write to ${this.#config.path}`, {
          cause: error,
          code: "file_write",
        });
        for (const { reject } of group) reject(failure);
      }
    }
    this.#writing = undefined;
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    if (this.#handle === undefined) await this.open();
    const { rotation } = this.#config;
    // Before and not after: records that are in the file must not be sent again because it could not be renamed.
    if (rotation !== undefined && this.#size >= rotation.max_megabytes * 1e6) await this.#rotate(rotation.max_backups);
    const handle = this.#handle as FileHandle;
    const before = this.#size;
    try {
      for (const { batch, reject } of group) {
        let bytes: Buffer;
        try {
          bytes = this.#encode(batch);
        } catch (error) {
          // Not the disk's fault: it would fail again and again, and hold up all others.
          reject(error);
          continue;
        }
        for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten;
        this.#size += bytes.length;
      }
      if (this.#config.fsync === "always") await handle.datasync();
    } catch (error) {
      this.#size = before;
      await handle.truncate(before);
      throw error;
    }
  }

  async #rotate(maxBackups: number): Promise<void> {
    const { path } = this.#config;
    await this.#handle?.datasync();
    await this.#handle?.close();
    this.#handle = undefined;
    const extension = extname(path);
    const stem = basename(path, extension);
    const folder = dirname(path);
    const taken = new Set(await readdir(folder));
    const stamp = new Date(this.#clock.now()).toISOString().replaceAll(":", "-").slice(0, 23);
    let name = `${stem}-${stamp}${extension}`;
    for (let k = 1; taken.has(name); k++) name = `${stem}-${stamp}.${k}${extension}`;
    await rename(path, join(folder, name));
    if (maxBackups > 0) {
      const backups = [...taken, name]
        .filter((file) => file.startsWith(`${stem}-2`) && file.endsWith(extension))
        .sort();
      for (const old of backups.slice(0, -maxBackups)) await unlink(join(folder, old));
    }
    await this.open();
  }
}

/** A process that was killed while it wrote leaves half a line, which will come again: cuts it off. Returns the size. */
async function cutTornLine(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const block = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const lineFeed = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (lineFeed >= 0) {
      const whole = start + lineFeed + 1;
      if (whole < size) await file.truncate(whole);
      return whole;
    }
    end = start;
  }
  if (size > 0) await file.truncate(0);
  return 0;
}
