/** Most sizes that are remembered; beyond, neighbours become one with the earlier time. */
const MAX_MARKS = 64;

interface Mark {
  /** Size of the file in bytes. */
  end: number;
  /** When it was first seen that large: monotonic milliseconds. */
  readonly seenMs: number;
}

/** When a file was first seen to be how large: says since when the oldest byte waits that is not safe yet. */
export class Growth {
  #marks: Mark[] = [];

  /** The file was looked at; what lies before `safe` is of no interest any more. */
  saw(size: number, safe: number, nowMs: number): void {
    if (size > safe && size > (this.#marks.at(-1)?.end ?? -1)) this.#marks.push({ end: size, seenMs: nowMs });
    if (this.#marks.length > MAX_MARKS) this.#marks = this.#after(safe);
    if (this.#marks.length > MAX_MARKS) this.#marks = joined(this.#marks);
  }

  /** Since when the first byte at or behind `safe` has been there; undefined when there is none. Never too late a time. */
  waitingSinceMs(safe: number): number | undefined {
    this.#marks = this.#after(safe);
    return this.#marks[0]?.seenMs;
  }

  clear(): void {
    this.#marks = [];
  }

  #after(safe: number): Mark[] {
    return this.#marks.filter(({ end }) => end > safe);
  }
}

function joined(marks: readonly Mark[]): Mark[] {
  return marks.flatMap(({ seenMs }, i) => {
    const next = marks[i + 1] ?? marks[i];
    return i % 2 === 0 && next !== undefined ? [{ end: next.end, seenMs }] : [];
  });
}
