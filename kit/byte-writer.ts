/** Copies up to this long are faster word by word than through a native call. */
export const SHORT = 64;

/** Bytes behind its end that `copyWords` may read, and write. */
export const SLACK = 8;

const DIGIT_ZERO = 0x30;

/**
 * Copies `source[from, to)` to `target[at…]` in words of 8 bytes; both must have SLACK bytes behind. Returns the position
 * behind the copy.
 */
export function copyWords(source: DataView, from: number, to: number, target: DataView, at: number): number {
  const length = to - from;
  for (let k = 0; k < length; k += 8) target.setBigUint64(at + k, source.getBigUint64(from + k, true), true);
  return at + length;
}

/** Bytes that are written over and over; with the slack that `copyWords` needs. */
export class Words {
  readonly view: DataView;
  readonly length: number;

  constructor(bytes: Buffer) {
    const padded = new Uint8Array(bytes.length + SLACK);
    padded.set(bytes);
    this.view = new DataView(padded.buffer);
    this.length = bytes.length;
  }
}

/** A growing buffer that is written from front to back and used again; what it hands out lives until `reset`. */
export class ByteWriter {
  buffer: Buffer;
  /** The same bytes as `buffer`. */
  bytesView: DataView;
  position = 0;

  constructor(initialBytes = 64 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(initialBytes);
    this.bytesView = new DataView(this.buffer.buffer);
  }

  reset(): void {
    this.position = 0;
  }

  /** Makes room for `bytes` more. */
  reserve(bytes: number): void {
    if (this.position + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.position + bytes));
    this.buffer.copy(larger, 0, 0, this.position);
    this.buffer = larger;
    this.bytesView = new DataView(larger.buffer);
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.position++] = value;
  }

  copy(source: Buffer, from: number, to: number): void {
    this.reserve(to - from);
    this.position += source.copy(this.buffer, this.position, from, to);
  }

  bytes(source: Buffer): void {
    this.copy(source, 0, source.length);
  }

  words({ view, length }: Words): void {
    this.reserve(length + SLACK);
    this.position = copyWords(view, 0, length, this.bytesView, this.position);
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.position += this.buffer.write(text, this.position, "utf8");
  }

  /** `value` in decimal with at least `width` digits; both small and not negative. */
  digits(value: number, width: number): void {
    this.reserve(width);
    let rest = value;
    for (let i = this.position + width - 1; i >= this.position; i--) {
      this.buffer[i] = DIGIT_ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.position += width;
  }

  /** What was written so far; a view that `reset` or growth makes stale. */
  view(): Buffer {
    return this.buffer.subarray(0, this.position);
  }
}
