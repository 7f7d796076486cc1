const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Records in a block of bytes, as offsets into it. */
export interface Split {
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** Bytes from the block's start that belong to complete records, their line ends included. */
  readonly used: number;
}

/** Tells whether a record starts with the line at `bytes[from, to)`. */
export type StartsRecord = (bytes: Buffer, from: number, to: number) => boolean;

/**
 * Cuts `bytes[0, length)` into records: lines, or with `startsRecord` runs of lines that begin with one it accepts.
 * What is not known to be complete stays unused, unless `flush` says that nothing more will come.
 */
export function splitLines(
  bytes: Buffer,
  length: number,
  startsRecord: StartsRecord | undefined,
  flush: boolean,
): Split {
  const starts = new Bounds();
  const ends = new Bounds();
  let recordStart = 0;
  let recordEnd = -1;
  let at = 0;
  while (at < length) {
    let next = bytes.indexOf(LINE_FEED, at);
    const complete = next >= 0 && next < length;
    if (!complete) {
      if (!flush) break;
      next = length;
    }
    const lineEnd = next > at && bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next;
    if (startsRecord === undefined || recordEnd < 0 || startsRecord(bytes, at, lineEnd)) {
      if (recordEnd >= 0) push(starts, ends, recordStart, recordEnd);
      recordStart = at;
    }
    recordEnd = lineEnd;
    at = next + 1;
  }
  let used = Math.min(at, length);
  if (recordEnd >= 0) {
    if (startsRecord === undefined || flush) push(starts, ends, recordStart, recordEnd);
    else used = recordStart;
  }
  return { start: starts.take(), end: ends.take(), used };
}

/** Empty lines are no records. */
function push(starts: Bounds, ends: Bounds, start: number, end: number): void {
  if (end <= start) return;
  starts.add(start);
  ends.add(end);
}

/** A list of offsets that grows by doubling; an array of numbers would cost a conversion per block. */
class Bounds {
  #values = new Uint32Array(512);
  #count = 0;

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Uint32Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = value;
  }

  take(): Uint32Array {
    return this.#values.subarray(0, this.#count);
  }
}
