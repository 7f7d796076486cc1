/** Larger memory than this is given back after use. */
const KEPT_BYTES = 8 * 1024 * 1024;

const TWO_32 = 4_294_967_296;

/**
 * Writes protobuf from the end to the beginning, so that the length of a message is known when its head is written: no
 * sizes are computed first and nothing is moved. Fields of a message are written last to first; `mark` before them and
 * `close` behind them.
 */
export class ReverseWriter {
  #bytes = Buffer.allocUnsafe(65_536);
  #at = this.#bytes.length;

  /** Distance of the next byte from the end: hand it to `close`. */
  mark(): number {
    return this.#bytes.length - this.#at;
  }

  /** Puts the length and `tag` before everything that was written since `mark`. */
  close(tag: number, mark: number): void {
    this.varint(this.#bytes.length - this.#at - mark);
    this.byte(tag);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[--this.#at] = value;
  }

  /** An unsigned integer up to 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    if (value < 0x80) {
      this.#bytes[--this.#at] = value;
      return;
    }
    let length = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
    let at = (this.#at -= length);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[at++] = (rest % 0x80) | 0x80;
    this.#bytes[at] = rest;
  }

  /** A 64-bit integer, negative ones in two's complement. */
  varint64(value: bigint): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    const septets: number[] = [];
    do {
      septets.push(Number(rest & 0x7fn));
      rest >>= 7n;
    } while (rest !== 0n);
    for (let i = septets.length - 1; i >= 0; i--)
      this.#bytes[--this.#at] = (septets[i] as number) | (i === septets.length - 1 ? 0 : 0x80);
  }

  /** 64 bits, little end first: `high` * 2^32 + `low`. */
  fixed64(high: number, low: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#bytes.writeUInt32LE(low, this.#at);
    this.#bytes.writeUInt32LE(high, this.#at + 4);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Copies `source[from, to)`. */
  bytes(source: Uint8Array, from = 0, to = source.length): void {
    const length = to - from;
    this.#reserve(length);
    this.#at -= length;
    if (length > 24) this.#bytes.set(source.subarray(from, to), this.#at);
    else for (let i = 0; i < length; i++) this.#bytes[this.#at + i] = source[from + i] as number;
  }

  /** UTF-8; half a surrogate pair becomes U+FFFD. */
  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#at -= length;
    this.#bytes.write(value, this.#at, "utf8");
  }

  /** A copy of what was written; the writer begins anew. */
  take(): Buffer {
    const written = Buffer.from(this.#bytes.subarray(this.#at));
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafe(65_536);
    this.#at = this.#bytes.length;
    return written;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#at = this.#bytes.length;
  }

  #reserve(count: number): void {
    if (count <= this.#at) return;
    const written = this.#bytes.length - this.#at;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, written + count));
    larger.set(this.#bytes.subarray(this.#at), larger.length - written);
    this.#at = larger.length - written;
    this.#bytes = larger;
  }
}

/** The two halves of an unsigned 64-bit integer. */
export function halves(value: bigint): { high: number; low: number } {
  const low = Number(value & 0xffff_ffffn);
  return { high: Number((value - BigInt(low)) / BigInt(TWO_32)), low };
}
