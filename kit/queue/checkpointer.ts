import { basename, join } from "node:path";
import type { Clock, Logger } from "#core/context.ts";
import { writeCursor } from "./cursor.ts";
import { errorCode, type FileLayer } from "./file-layer.ts";
import type { Lane } from "./lane.ts";
import type { Segment } from "./segment.ts";

export const DAMAGED_FOLDER = "damaged";

export interface CheckpointerOptions {
  readonly files: FileLayer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly directory: string;
  readonly intervalMs: number;
  readonly lanes: readonly Lane[];
  sequence(): number;
  /** Segments are gone. */
  onRemoved(): void;
}

/** Settled items that are not on the disk yet, at most; a crash repeats so many. */
const MAX_UNSAVED = 1000;
const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** Writes down what is done, many items at a time, and then removes the segments that nobody needs. */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #stop = new AbortController();
  #unsaved = 0;
  #queued: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #timer: Promise<void> | undefined;
  #count = 0;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  /** An item was settled: it is on the disk after the interval, or when many are. */
  note(): void {
    this.#unsaved++;
    if (this.#unsaved === MAX_UNSAVED) void this.now().catch(() => undefined);
    else this.#timer ??= this.#later();
  }

  /**
   * Resolves when everything that was settled before the call is on the disk. Calls that wait share one. Throws what the
   * disk throws; the old checkpoint is valid then.
   */
  now(): Promise<void> {
    this.#queued ??= this.#writing.then(() => {
      this.#queued = undefined;
      const write = this.#write();
      this.#writing = write.catch(() => undefined);
      return write;
    });
    return this.#queued;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#timer;
    await this.now();
  }

  /** Never rejects. */
  async #later(): Promise<void> {
    do {
      await this.#options.clock.sleep(this.#options.intervalMs, this.#stop.signal);
      if (this.#unsaved > 0 && !this.#stop.signal.aborted) await this.now().catch(() => undefined);
    } while (this.#unsaved > 0 && !this.#stop.signal.aborted);
    this.#timer = undefined;
  }

  async #write(): Promise<void> {
    const { files, directory, lanes, log, sequence } = this.#options;
    const unsaved = this.#unsaved;
    this.#unsaved = 0;
    const removable = lanes.flatMap((lane) => lane.removable().map((segment) => [lane, segment] as const));
    const done = removable.length;
    const cursor = { sequence: sequence(), lanes: lanes.map((lane) => lane.cursor()) };
    try {
      await writeCursor(files, directory, cursor).catch(async (error: unknown) => {
        // On a full disk nothing could ever be removed for want of a cursor. A crash before the next cursor shows a gap
        // where this file was, and loses nothing: it is done.
        const first = FULL.has(errorCode(error)) ? removable.shift() : undefined;
        if (first === undefined || !(await this.#remove(...first))) throw error;
        await writeCursor(files, directory, cursor);
      });
    } catch (error) {
      this.#unsaved += unsaved;
      log.warn({ error }, "queue could not write its cursor, keeps the old one");
      throw error;
    }
    this.#count++;
    let removed = removable.length < done ? 1 : 0;
    for (const [lane, segment] of removable) if (await this.#remove(lane, segment)) removed++;
    if (removed > 0) this.#options.onRemoved();
  }

  async #remove(lane: Lane, segment: Segment): Promise<boolean> {
    const { files, directory, log } = this.#options;
    try {
      if (segment.damaged) {
        const kept = join(directory, DAMAGED_FOLDER, basename(segment.path));
        await files.makeDirectory(join(directory, DAMAGED_FOLDER));
        await files.rename(segment.path, kept);
        log.warn({ file: kept }, "queue keeps a damaged file for the operator");
      } else {
        await files.remove(segment.path);
      }
      lane.forget(segment);
      await files.reached("segment.removed");
      return true;
    } catch (error) {
      log.warn({ error, file: segment.path }, "queue could not remove a file that is done, tries again later");
      return false;
    }
  }
}
