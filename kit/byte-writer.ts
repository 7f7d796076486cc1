/** Copies shorter than this are faster byte by byte than through a native call. */
const SHORT = 32;

const DIGIT_ZERO = 0x30;

/** Copies `source[from, to)` to `target[at…]`, where there must be room. Returns the position behind it. */
export function copyBytes(source: Buffer, from: number, to: number, target: Buffer, at: number): number {
  if (to - from >= SHORT) return at + source.copy(target, at, from, to);
  let position = at;
  for (let i = from; i < to; i++) target[position++] = source[i] as number;
  return position;
}

/** A growing buffer that is written from front to back and used again; what it hands out lives until `reset`. */
export class ByteWriter {
  buffer: Buffer;
  position = 0;

  constructor(initialBytes = 64 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(initialBytes);
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
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.position++] = value;
  }

  copy(source: Buffer, from: number, to: number): void {
    this.reserve(to - from);
    this.position = copyBytes(source, from, to, this.buffer, this.position);
  }

  bytes(source: Buffer): void {
    this.copy(source, 0, source.length);
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
