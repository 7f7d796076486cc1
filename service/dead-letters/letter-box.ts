import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory, syncDirectory } from "#kit/durable-directory.ts";

const SUFFIX = ".letter";
const DRAFT_SUFFIX = `${SUFFIX}.tmp`;
const REPLAY = "replay";

/** A dead letter on the disk. */
export interface StoredLetter {
  /** Its file's name without the suffix; sorts by time. */
  readonly id: string;
  readonly sizeBytes: number;
}

/** The folder of dead letters: one file each, and those that an operator wants replayed in a folder below. */
export class LetterBox {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async prepare(): Promise<void> {
    await makeDirectory(join(this.#directory, REPLAY), 0o700);
  }

  /** Removes what a process that was killed had half written; nobody was told that it is safe. */
  async removeDrafts(): Promise<void> {
    const drafts = (await namesIn(this.#directory)).filter((name) => name.endsWith(DRAFT_SUFFIX));
    for (const name of drafts) await rm(join(this.#directory, name), { force: true });
  }

  /** Letters at rest, oldest first; none when there is no folder yet. */
  list(): Promise<StoredLetter[]> {
    return listIn(this.#directory);
  }

  /** Letters that wait to be replayed, oldest first. */
  waiting(): Promise<StoredLetter[]> {
    return listIn(join(this.#directory, REPLAY));
  }

  /** Resolves once the letter survives a crash. */
  async write(id: string, bytes: Uint8Array): Promise<void> {
    const draft = join(this.#directory, `${id}${DRAFT_SUFFIX}`);
    try {
      const file = await open(draft, "w", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, this.#path(id));
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncDirectory(this.#directory);
  }

  read(id: string): Promise<Buffer> {
    return readFile(this.#path(id));
  }

  readWaiting(id: string): Promise<Buffer> {
    return readFile(this.#waitingPath(id));
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  /** The letter was replayed. Durable, so that a restart does not replay it again. */
  async removeWaiting(id: string): Promise<void> {
    await rm(this.#waitingPath(id), { force: true });
    await syncDirectory(join(this.#directory, REPLAY));
  }

  /** Asks for a replay. */
  async toReplay(id: string): Promise<void> {
    await this.prepare();
    await rename(this.#path(id), this.#waitingPath(id));
  }

  /** Takes the request back: it cannot be replayed. */
  async toRest(id: string): Promise<void> {
    await rename(this.#waitingPath(id), this.#path(id));
  }

  #path(id: string): string {
    return join(this.#directory, `${id}${SUFFIX}`);
  }

  #waitingPath(id: string): string {
    return join(this.#directory, REPLAY, `${id}${SUFFIX}`);
  }
}

/** None when there is no such folder. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function listIn(directory: string): Promise<StoredLetter[]> {
  const letters = (await namesIn(directory)).filter((name) => name.endsWith(SUFFIX)).sort();
  const found = letters.map(async (name): Promise<StoredLetter[]> => {
    try {
      return [{ id: name.slice(0, -SUFFIX.length), sizeBytes: (await stat(join(directory, name))).size }];
    } catch {
      // Another process has just removed it.
      return [];
    }
  });
  return (await Promise.all(found)).flat();
}
