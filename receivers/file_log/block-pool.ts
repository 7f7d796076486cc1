/**
 * Blocks that files are read into. A block goes back once its batch settled, so that memory stays flat however long
 * the file is; what is not given back is simply garbage.
 */
export class BlockPool {
  readonly #size: number;
  readonly #free: Buffer[] = [];

  constructor(sizeBytes: number) {
    this.#size = sizeBytes;
  }

  /** A block of the pool's size, or of `atLeast` bytes when a single record needs more. */
  take(atLeast = 0): Buffer {
    if (atLeast > this.#size) return allocate(atLeast);
    return this.#free.pop() ?? allocate(this.#size);
  }

  give(block: Buffer): void {
    if (block.length === this.#size && this.#free.length < 8) this.#free.push(block);
  }
}

/** Reads into a block at the start of an allocation run five times slower on some processors; 64 bytes in do not. */
function allocate(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size + 64).subarray(64);
}
