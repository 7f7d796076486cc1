import type { BigIntStats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { AttributeSet } from "#core/attributes.ts";
import { AckWindow } from "./ack-window.ts";
import { Growth } from "./growth.ts";
import { extendFingerprint, fileKey, type Fingerprint, readFingerprint, stillBegins } from "./identity.ts";
import { type ChangedRange, OverwriteWatch } from "./overwrite-watch.ts";

/** A TiDB log line has its time in its first bytes: other first bytes, another file. */
const HEAD_BYTES = 64;

/** What a look at the file found, beside ordinary growth. */
export interface Look {
  readonly size: number;
  /** The file shrank, or begins differently: it was emptied and written anew. */
  readonly truncated: boolean;
  /** Runs that changed behind the read offset. */
  readonly changed: readonly ChangedRange[];
  /** No name leads to it any more. */
  readonly deleted: boolean;
}

/** One open file: where it was read to, what it was then, and what of it is safe. */
export class TrackedFile {
  readonly key: string;
  readonly handle: FileHandle;
  path: string;
  attributes: AttributeSet;
  /** Next byte to read. */
  offset: number;
  acks: AckWindow;
  fingerprint: Fingerprint;
  /** Monotonic time since which an incomplete record waits at the end; undefined = none waits. */
  waitingSinceMs: number | undefined;
  /** Monotonic time. */
  lastGrowthMs: number;
  readonly growth = new Growth();
  /** Tells a file that was written anew from one in which a part was overwritten. */
  #head: Fingerprint;
  #watch: OverwriteWatch;
  #size: number;
  #mtimeNs = -1n;
  readonly #fingerprintSize: number;

  private constructor(path: string, key: string, handle: FileHandle, start: Start, nowMs: number) {
    this.path = path;
    this.key = key;
    this.handle = handle;
    this.attributes = fileAttributes(path);
    this.offset = start.offset;
    this.#size = start.size;
    this.acks = new AckWindow(start.offset);
    this.#watch = new OverwriteWatch(start.offset);
    this.fingerprint = start.fingerprint;
    this.#head = start.head;
    this.#fingerprintSize = start.fingerprintSize;
    this.lastGrowthMs = nowMs;
  }

  /**
   * Opens the file and asks `startOf` where to begin. It has the key of what was opened: by then the name may lead to
   * another file than it did when it was found. @throws what the file system says.
   */
  static async open(
    path: string,
    fingerprintSize: number,
    nowMs: number,
    startOf: (key: string, handle: FileHandle, size: number) => Promise<number>,
  ): Promise<TrackedFile> {
    const handle = await open(path, "r");
    try {
      const stats = await handle.stat({ bigint: true });
      const key = fileKey(stats);
      const size = Number(stats.size);
      const fingerprint = await readFingerprint(handle, Math.min(fingerprintSize, size));
      const offset = await startOf(key, handle, size);
      const head = await readFingerprint(handle, Math.min(HEAD_BYTES, fingerprint.length));
      const whole = await extendFingerprint(handle, head, fingerprint.length);
      if (whole?.length !== fingerprint.length || whole.sum !== fingerprint.sum)
        throw new Error("the file was written anew while it was opened");
      return new TrackedFile(path, key, handle, { offset, size, fingerprint, head, fingerprintSize }, nowMs);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** When the file was last written to, as of the last look. */
  get mtimeNs(): bigint {
    return this.#mtimeNs;
  }

  /** As of the last look, all of it was read and is safe. */
  get done(): boolean {
    return this.offset >= this.#size && this.acks.safeOffset === this.offset;
  }

  rename(path: string): void {
    this.path = path;
    this.attributes = fileAttributes(path);
  }

  /** Compares the file with what is known of it. Cheap when nothing was written since the last look. */
  async look(): Promise<Look> {
    const stats: BigIntStats = await this.handle.stat({ bigint: true });
    const size = Number(stats.size);
    this.#size = size;
    const deleted = stats.nlink === 0n;
    if (size < this.offset) return { size, truncated: true, changed: [], deleted };
    if (stats.mtimeNs === this.#mtimeNs) return { size, truncated: false, changed: [], deleted };
    this.#mtimeNs = stats.mtimeNs;
    if (!(await this.#identify(size))) return { size, truncated: true, changed: [], deleted };
    const changed = await this.#watch.check((position, length) => this.readAt(position, length));
    return { size, truncated: false, changed, deleted };
  }

  /**
   * Whether what was just read is of this file as it was looked at. Emptied and written anew in between, it would count as
   * read what nobody has read, in the copy as well.
   */
  async isStill(): Promise<boolean> {
    if (await stillBegins(this.handle, this.#head)) return true;
    // The next look must not take the file for unchanged.
    this.#mtimeNs = -1n;
    return false;
  }

  /** Learns more of how the file begins. False when it begins otherwise than it did. */
  async #identify(size: number): Promise<boolean> {
    const head = await extendFingerprint(this.handle, this.#head, HEAD_BYTES);
    if (head === undefined) return false;
    this.#head = head;
    if (this.fingerprint.length >= this.#fingerprintSize || size <= this.fingerprint.length) return true;
    const longer = Math.min(this.#fingerprintSize, size);
    const fingerprint = await extendFingerprint(this.handle, this.fingerprint, longer);
    if (fingerprint === undefined) return false;
    this.fingerprint = fingerprint;
    return true;
  }

  /** Starts over at the beginning. */
  async restart(): Promise<void> {
    this.offset = 0;
    this.acks = new AckWindow(0);
    this.#watch = new OverwriteWatch(0);
    this.growth.clear();
    this.waitingSinceMs = undefined;
    this.fingerprint = await readFingerprint(this.handle, this.#fingerprintSize);
    this.#head = await readFingerprint(this.handle, HEAD_BYTES);
  }

  /** Bytes that were read at `offset` and are now part of a batch. */
  advance(bytes: Uint8Array): void {
    this.#watch.note(bytes);
    this.offset += bytes.length;
  }

  async readAt(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.handle.read(bytes, 0, length, position);
    return bytes.subarray(0, bytesRead);
  }
}

interface Start {
  readonly offset: number;
  readonly size: number;
  readonly fingerprint: Fingerprint;
  readonly head: Fingerprint;
  readonly fingerprintSize: number;
}

function fileAttributes(path: string): AttributeSet {
  return new AttributeSet({ "log.file.name": path.slice(path.lastIndexOf("/") + 1), "log.file.path": path });
}
