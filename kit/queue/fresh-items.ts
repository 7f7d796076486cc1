import type { Located } from "./segment.ts";

/** What the unread end of a lane may hold in memory, in bytes of items. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Items that are on the disk and that nobody has read yet: a reader that keeps up does not read back what was just
 * written. Bounded; what does not fit is read from the disk.
 */
export class FreshItems {
  readonly #items: Located[] = [];
  #bytes = 0;

  get first(): Located | undefined {
    return this.#items[0];
  }

  /** In the order of positions. The payload must not change any more. */
  add(located: Located): void {
    const { bytes } = located.item;
    if (this.#bytes + bytes > MAX_BYTES) return;
    this.#items.push(located);
    this.#bytes += bytes;
  }

  /** The item of this position, if it is here; forgets all before it. */
  take(position: number): Located | undefined {
    for (let first = this.first; first !== undefined && first.item.position <= position; first = this.first) {
      this.#items.shift();
      this.#bytes -= first.item.bytes;
      if (first.item.position === position) return first;
    }
    return undefined;
  }
}
