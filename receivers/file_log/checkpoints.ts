import type { Storage } from "#core/storage.ts";
import type { Fingerprint } from "./identity.ts";

/** Where a file was read to, in a form that survives the process. */
export interface Checkpoint {
  readonly key: string;
  readonly path: string;
  readonly offset: number;
  readonly fingerprint: Fingerprint;
}

const STORAGE_KEY = "checkpoints";
const VERSION = 1;

/** Most files that are remembered after they are gone: enough to recognise a rotated copy. */
const MAX_REMEMBERED = 256;

/** Shortest beginning that identifies a file by content. */
const MIN_CONTENT_BYTES = 64;

/** What is known of files from earlier: of this process and of the ones before. */
export class Checkpoints {
  readonly #storage: Storage | undefined;
  readonly #known = new Map<string, Checkpoint>();
  #written = "";

  constructor(storage: Storage | undefined) {
    this.#storage = storage;
  }

  /** Reads what an earlier process left. @throws what the storage says; damaged content is an error, not an empty start. */
  async load(): Promise<number> {
    const bytes = await this.#storage?.get(STORAGE_KEY);
    if (bytes === undefined) return 0;
    const saved = JSON.parse(bytes.toString("utf8")) as { version: number; files: Checkpoint[] };
    if (saved.version !== VERSION) throw new Error(`checkpoints have version ${saved.version}, expected ${VERSION}`);
    for (const file of saved.files) this.#known.set(file.key, file);
    return this.#known.size;
  }

  remember(checkpoint: Checkpoint): void {
    this.#known.delete(checkpoint.key);
    this.#known.set(checkpoint.key, checkpoint);
    while (this.#known.size > MAX_REMEMBERED * 8) this.#known.delete(this.#known.keys().next().value as string);
  }

  get(key: string): Checkpoint | undefined {
    return this.#known.get(key);
  }

  /** Those whose content may have moved into another file, latest first. */
  byContent(): Checkpoint[] {
    return [...this.#known.values()]
      .filter((file) => file.fingerprint.length >= MIN_CONTENT_BYTES)
      .reverse()
      .slice(0, MAX_REMEMBERED);
  }

  get paths(): string[] {
    return [...this.#known.values()].map((file) => file.path);
  }

  /** Writes all of it, if anything changed. */
  async save(): Promise<void> {
    if (this.#storage === undefined) return;
    const text = JSON.stringify({ version: VERSION, files: [...this.#known.values()] });
    if (text === this.#written) return;
    await this.#storage.set(STORAGE_KEY, Buffer.from(text));
    this.#written = text;
  }
}
