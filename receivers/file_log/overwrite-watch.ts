import { crc32 } from "node:zlib";

/** Bytes per checksum: small, because a change makes the lines of a whole block be read again. */
const BLOCK = 4096;

/** Bytes of already read file that one check looks at again. */
const CHECK_BUDGET = 1024 * 1024;

/** A run of bytes behind the read offset that no longer is what was read. */
export interface ChangedRange {
  readonly from: number;
  readonly to: number;
}

export type ReadAt = (position: number, length: number) => Promise<Buffer>;

/**
 * Notices changes behind the read offset. TiDB's main logger and general logger, when they share a new file, write at
 * offsets of their own: main lines land on top of general lines that were read long ago, and a reader at the end of
 * the file never sees them. One checksum per block of what was read; each check compares the block where the last
 * change was, the blocks after it, the newest block, and in turn a part of all others.
 */
export class OverwriteWatch {
  #sums = new Uint32Array(64);
  /** Position of the first watched byte: everything before was read by an earlier process. */
  readonly #origin: number;
  #end: number;
  #sweep = 0;
  /** Block in which the other writer was last seen at work, or -1. */
  #cursor = -1;

  constructor(origin: number) {
    this.#origin = origin;
    this.#end = origin;
  }

  /** Takes in bytes that were read at the current end. */
  note(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const position = this.#end - this.#origin;
      const block = Math.floor(position / BLOCK);
      const take = Math.min(BLOCK - (position % BLOCK), bytes.length - at);
      if (block >= this.#sums.length) {
        const larger = new Uint32Array(this.#sums.length * 2);
        larger.set(this.#sums);
        this.#sums = larger;
      }
      const before = position % BLOCK === 0 ? 0 : (this.#sums[block] as number);
      this.#sums[block] = crc32(bytes.subarray(at, at + take), before);
      at += take;
      this.#end += take;
    }
  }

  /** Compares a part of what was read with what stands there now. Each change is reported once. */
  async check(readAt: ReadAt): Promise<ChangedRange[]> {
    const blocks = Math.ceil((this.#end - this.#origin) / BLOCK);
    if (blocks === 0) return [];
    const changed: ChangedRange[] = [];
    const most = CHECK_BUDGET / BLOCK;
    if (blocks <= most) {
      await this.#compare(0, blocks, readAt, changed);
      return changed;
    }
    if (this.#cursor >= 0)
      await this.#compare(this.#cursor, Math.min(blocks, this.#cursor + most / 2), readAt, changed);
    await this.#compare(blocks - 1, blocks, readAt, changed);
    if (this.#sweep >= blocks) this.#sweep = 0;
    const until = Math.min(blocks, this.#sweep + most / 2);
    await this.#compare(this.#sweep, until, readAt, changed);
    this.#sweep = until;
    return changed;
  }

  async #compare(firstBlock: number, endBlock: number, readAt: ReadAt, changed: ChangedRange[]): Promise<void> {
    const position = this.#origin + firstBlock * BLOCK;
    const length = Math.min(this.#origin + endBlock * BLOCK, this.#end) - position;
    const bytes = await readAt(position, length);
    for (let at = 0; at < bytes.length; at += BLOCK) {
      const block = firstBlock + at / BLOCK;
      const part = bytes.subarray(at, at + BLOCK);
      // A short read means that the file shrank; the reader deals with truncation itself.
      if (at + part.length === bytes.length && bytes.length < length) return;
      const sum = crc32(part);
      if (sum === this.#sums[block]) continue;
      this.#sums[block] = sum;
      this.#cursor = Math.max(this.#cursor, block);
      const from = position + at;
      const last = changed.at(-1);
      if (last !== undefined && last.to === from)
        changed[changed.length - 1] = { from: last.from, to: from + part.length };
      else changed.push({ from, to: from + part.length });
    }
  }
}
