import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Storage } from "#core/storage.ts";
import { syncDirectory } from "#kit/durable-directory.ts";

/** One file per key. A value is written beside its file, synced, and renamed over it. */
export class FileStorage implements Storage {
  readonly #directory: string;
  readonly #componentId: string;
  #writes = 0;

  constructor(directory: string, componentId: string) {
    this.#directory = directory;
    this.#componentId = componentId;
  }

  async get(key: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#path(key));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    const path = this.#path(key);
    const temporary = `${path}.${this.#writes++}.tmp`;
    const file = await open(temporary, "w");
    try {
      await file.writeFile(value);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    // The new name itself must reach the disk, or a power cut brings the old value back.
    await syncDirectory(this.#directory);
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  #path(key: string): string {
    return join(this.#directory, `${encodeURIComponent(this.#componentId)}.${encodeURIComponent(key)}`);
  }
}
