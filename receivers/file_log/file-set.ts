import type { BigIntStats } from "node:fs";
import { glob, type FileHandle, readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Context } from "#core/context.ts";
import type { Checkpoint, Checkpoints } from "./checkpoints.ts";
import { fileKey, stillBegins } from "./identity.ts";
import type { FileLogConfig } from "./config.ts";
import { TrackedFile } from "./tracked-file.ts";

/** A file that no pattern names any more (renamed by rotation) is followed this long after it last grew. */
const FOLLOW_RENAMED_MS = 3_600_000;

/** The files that are being read: found by pattern, followed through renames. */
export class FileSet {
  readonly #config: FileLogConfig;
  readonly #context: Context;
  readonly #checkpoints: Checkpoints;
  readonly #files = new Map<string, TrackedFile>();
  readonly #complained = new Map<string, string>();
  /** Files that a pattern names. */
  #named = new Set<string>();
  /** Files that are read to their end and closed to let others be opened, as they were then. */
  readonly #parked = new Map<string, Stamp>();
  /** Files that are there at the very first look begin at `start_at`; later ones at their beginning. */
  #first: boolean;
  #tooMany = false;

  constructor(config: FileLogConfig, context: Context, checkpoints: Checkpoints, knownFromEarlier: boolean) {
    this.#config = config;
    this.#context = context;
    this.#checkpoints = checkpoints;
    this.#first = !knownFromEarlier;
  }

  get open(): TrackedFile[] {
    return [...this.#files.values()];
  }

  /** Looks at the patterns: opens what is new, notes what was renamed, lets go of what has long been gone. */
  async discover(): Promise<void> {
    const paths = await this.#match();
    if (this.#first || this.#files.size === 0) for (const path of await this.#renamedMeanwhile()) paths.add(path);
    const named = new Set<string>();
    for (const path of paths) {
      const found = await this.#find(path);
      if (found === undefined) continue;
      const { key, stamp } = found;
      named.add(key);
      const file = this.#files.get(key);
      const parked = this.#parked.get(key);
      if (file !== undefined) {
        if (file.path !== path && this.#config.include.length > 0) file.rename(path);
      } else if (parked?.size !== stamp.size || parked.mtimeNs !== stamp.mtimeNs) await this.#add(path);
    }
    this.#first = false;
    this.#named = named;
    for (const key of this.#parked.keys()) if (!named.has(key)) this.#parked.delete(key);
    const nowMs = this.#context.clock.monotonic();
    for (const file of this.open) {
      // One with something left is kept, however long those behind it are busy or away.
      if (!named.has(file.key) && file.done && nowMs - file.lastGrowthMs > FOLLOW_RENAMED_MS) await this.drop(file);
    }
  }

  /** Remembers what a file was before it starts over, so that a copy made of it is recognised. */
  async retire(file: TrackedFile): Promise<void> {
    this.#checkpoints.remember({
      key: `${file.key}:${file.fingerprint.sum}`,
      path: file.path,
      offset: file.acks.safeOffset,
      fingerprint: file.fingerprint,
    });
    await this.#checkpoints.save();
  }

  async drop(file: TrackedFile): Promise<void> {
    this.#files.delete(file.key);
    this.#checkpoints.remember(toCheckpoint(file));
    await file.handle.close();
  }

  async close(): Promise<void> {
    for (const file of this.open) await file.handle.close();
    this.#files.clear();
  }

  async #match(): Promise<Set<string>> {
    const paths = new Set<string>();
    for await (const path of glob(this.#config.include, { exclude: this.#config.exclude })) paths.add(resolve(path));
    return paths;
  }

  /** Files that an earlier process read and that were renamed since, out of reach of the patterns. */
  async #renamedMeanwhile(): Promise<string[]> {
    const found: string[] = [];
    for (const directory of new Set(this.#checkpoints.paths.map((path) => dirname(path)))) {
      for (const name of await readdir(directory).catch(() => [] as string[])) {
        const path = join(directory, name);
        const stats = await stat(path, { bigint: true }).catch(() => undefined);
        if (stats?.isFile() === true && this.#checkpoints.get(fileKey(stats)) !== undefined) found.push(path);
      }
    }
    return found;
  }

  async #find(path: string): Promise<{ key: string; stamp: Stamp } | undefined> {
    try {
      const stats = await stat(path, { bigint: true });
      return stats.isFile() ? { key: fileKey(stats), stamp: stats } : undefined;
    } catch (error) {
      this.#complain(path, error);
      return undefined;
    }
  }

  async #add(path: string): Promise<void> {
    if (this.#files.size >= this.#config.max_concurrent_files && !(await this.#park())) {
      if (!this.#tooMany)
        this.#context.log.warn({ path, open: this.#files.size }, "max_concurrent_files reached, more files wait");
      this.#tooMany = true;
      return;
    }
    try {
      const file = await TrackedFile.open(
        path,
        this.#config.fingerprint_size,
        this.#context.clock.monotonic(),
        (key, handle, size) => this.#startOffset(path, key, handle, size),
      );
      if (this.#files.has(file.key)) {
        await file.handle.close();
        return;
      }
      this.#files.set(file.key, file);
      this.#parked.delete(file.key);
      this.#tooMany = false;
      this.#complained.delete(path);
      this.#context.log.info({ path, offset: file.offset }, "reading file");
    } catch (error) {
      this.#complain(path, error);
    }
  }

  /** Closes the file that has been quiet for longest, until it changes. False when all have something left. */
  async #park(): Promise<boolean> {
    const quiet = this.open.filter((file) => file.done && this.#named.has(file.key));
    const file = quiet.sort((a, b) => a.lastGrowthMs - b.lastGrowthMs)[0];
    if (file === undefined) return false;
    this.#parked.set(file.key, { size: BigInt(file.offset), mtimeNs: file.mtimeNs });
    await this.drop(file);
    return true;
  }

  /** Where to begin: at the checkpoint, where the same content was left in another file, or as configured. */
  async #startOffset(path: string, key: string, handle: FileHandle, size: number): Promise<number> {
    const own = this.#checkpoints.get(key);
    if (own !== undefined && size >= own.offset && (await stillBegins(handle, own.fingerprint))) return own.offset;
    for (const other of this.#candidates(key)) {
      if (size >= other.offset && (await stillBegins(handle, other.fingerprint))) {
        this.#context.log.info(
          { path, copy_of: other.path, offset: other.offset },
          "file begins like one that was read, going on where that was left",
        );
        return other.offset;
      }
    }
    return this.#first && own === undefined && this.#config.start_at === "end" ? size : 0;
  }

  #candidates(key: string): Checkpoint[] {
    const open = this.open.filter((file) => file.fingerprint.length >= 64).map(toCheckpoint);
    return [...open, ...this.#checkpoints.byContent()].filter((other) => other.key !== key);
  }

  /** Once per file and cause. */
  #complain(path: string, error: unknown): void {
    const cause = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (this.#complained.get(path) === cause) return;
    if (this.#complained.size > 1000) this.#complained.clear();
    this.#complained.set(path, cause);
    this.#context.log.warn({ path, error }, "file cannot be read, going on without it");
  }
}

type Stamp = Pick<BigIntStats, "size" | "mtimeNs">;

function toCheckpoint(file: TrackedFile): Checkpoint {
  return { key: file.key, path: file.path, offset: file.acks.safeOffset, fingerprint: file.fingerprint };
}
