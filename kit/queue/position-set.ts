export interface Range {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * Positions that are done: all below `low`, and ranges above it. It holds one range more than there are gaps, and a gap
 * is an item that somebody has in hand: bounded by the number of items in flight.
 */
export class PositionSet {
  #low: number;
  readonly #above: Range[] = [];

  constructor(low: number, above: readonly Range[] = []) {
    this.#low = low;
    for (const { from, to } of above) this.add(from, to);
  }

  /** The lowest position that is not done. */
  get low(): number {
    return this.#low;
  }

  /** Done ranges above `low`, in order, never touching. */
  get above(): readonly Range[] {
    return this.#above;
  }

  /** Above all that is done. */
  get end(): number {
    return this.#above.at(-1)?.to ?? this.#low;
  }

  add(from: number, to: number): void {
    if (to <= this.#low || to <= from) return;
    let start = from;
    let end = to;
    let k = this.#above.findIndex((range) => range.to >= start);
    if (k < 0) k = this.#above.length;
    let absorbed = 0;
    for (let next = this.#above[k]; next !== undefined && next.from <= end; next = this.#above[k + absorbed]) {
      start = Math.min(start, next.from);
      end = Math.max(end, next.to);
      absorbed++;
    }
    if (start > this.#low) {
      this.#above.splice(k, absorbed, { from: start, to: end });
      return;
    }
    this.#above.splice(0, k + absorbed);
    this.#low = end;
  }

  has(position: number): boolean {
    return position < this.#low || this.#above.some(({ from, to }) => from <= position && position < to);
  }

  /** How many positions from `from` up to `to` are not done. */
  countOpen(from: number, to: number): number {
    const start = Math.max(from, this.#low);
    let open = Math.max(0, to - start);
    for (const range of this.#above) open -= Math.max(0, Math.min(to, range.to) - Math.max(start, range.from));
    return open;
  }

  /** The lowest position from `from` on that is not done. */
  nextOpen(from: number): number {
    const start = Math.max(from, this.#low);
    return this.#above.find((range) => range.from <= start && start < range.to)?.to ?? start;
  }

  /** Whether some, but not necessarily all, of the positions from `from` up to `to` are done. */
  touches(from: number, to: number): boolean {
    return this.countOpen(from, to) < to - from;
  }
}
