/**
 * Which bytes of a file are safe. Batches go out in order and may settle in any order; the safe offset moves only over
 * a gapless run, so that a checkpoint never claims what was not delivered.
 */
export class AckWindow {
  readonly #open: { end: number; safe: boolean }[] = [];
  #safe: number;

  constructor(offset: number) {
    this.#safe = offset;
  }

  /** Every byte before it was delivered. */
  get safeOffset(): number {
    return this.#safe;
  }

  /** Announces the batch that ends at `end`; call the result once it is safe. */
  send(end: number): () => void {
    const entry = { end, safe: false };
    this.#open.push(entry);
    return () => {
      entry.safe = true;
      while (this.#open[0]?.safe) this.#safe = (this.#open.shift() as { end: number }).end;
    };
  }
}
