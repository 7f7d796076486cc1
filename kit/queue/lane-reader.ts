import type { FileLayer, OpenFile } from "./file-layer.ts";
import { FreshItems } from "./fresh-items.ts";
import { SEGMENT_HEADER_BYTES } from "./format.ts";
import type { PositionSet } from "./position-set.ts";
import type { Located, Segment } from "./segment.ts";
import { type FoundDamage, SegmentScan } from "./segment-scan.ts";

export interface ReaderOptions {
  readonly files: FileLayer;
  /** In order; others add and remove. */
  readonly segments: readonly Segment[];
  readonly done: PositionSet;
  onDamage(segment: Segment, damage: FoundDamage): void;
  /** These positions will never be found. `segment` is missing when they stand between two segments. */
  onLost(segment: Segment | undefined, from: number, to: number): void;
}

interface Returned {
  readonly segment: Segment;
  readonly offset: number;
  readonly position: number;
  readonly appendedUnixMs: number;
}

/** Hands out the items of one class in order: those given back first, then the unread. One call at a time. */
export class LaneReader {
  readonly #options: ReaderOptions;
  readonly #returned: Returned[] = [];
  readonly #fresh = new FreshItems();
  #head: Located | undefined;
  #segment: Segment | undefined;
  #file: OpenFile | undefined;
  #scan: SegmentScan | undefined;
  /** Where a scan of this segment goes on behind what was handed out from memory. */
  #resume: { readonly segment: Segment; readonly offset: number } | undefined;
  /** Everything below was handed out, done or lost. */
  #position: number;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#position = options.done.low;
  }

  /** When the oldest item that is known and not handed out was appended. */
  get oldestUnixMs(): number | undefined {
    return (this.#returned[0] ?? this.#head?.item ?? this.#fresh.first?.item)?.appendedUnixMs;
  }

  /** Tells of an item that was just appended. It keeps the payload, which must not change any more. */
  appended(located: Located): void {
    this.#fresh.add(located);
  }

  /** The first item, which stays first until `take`; undefined when all are handed out. Throws what the disk throws. */
  async peek(): Promise<Located | undefined> {
    // One given back stands before the one that was read ahead.
    const first = this.#returned[0];
    if (this.#head !== undefined && (first === undefined || first.position > this.#head.item.position))
      return this.#head;
    if (this.#head !== undefined) {
      const { item, segment } = this.#head;
      this.#head = undefined;
      this.giveBack({ item, segment });
    }
    this.#head = (await this.#readReturned()) ?? (await this.#readOn());
    return this.#head;
  }

  /** Hands out what `peek` showed. */
  take(): Located | undefined {
    const head = this.#head;
    this.#head = undefined;
    return head;
  }

  /** Puts an item back to where it was; its payload is read again. */
  giveBack({ item: { offset, position, appendedUnixMs }, segment }: Located): void {
    const behind = this.#returned.findIndex((other) => other.position > position);
    this.#returned.splice(behind < 0 ? this.#returned.length : behind, 0, {
      segment,
      offset,
      position,
      appendedUnixMs,
    });
  }

  /** Skips what is left of a segment. */
  async skip(segment: Segment): Promise<void> {
    for (let k = this.#returned.length - 1; k >= 0; k--)
      if (this.#returned[k]?.segment === segment) this.#returned.splice(k, 1);
    if (this.#head?.segment === segment) this.#head = undefined;
    if (this.#segment === segment) await this.close();
  }

  /** Closes the file that is read; `peek` would open it again. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#scan = undefined;
    this.#segment = undefined;
    await file?.close().catch(() => undefined);
  }

  async #readReturned(): Promise<Located | undefined> {
    for (let first = this.#returned[0]; first !== undefined; first = this.#returned[0]) {
      const { segment, offset, position } = first;
      const file = await this.#options.files.open(segment.path, "read");
      try {
        const found = await new SegmentScan(file, segment, offset, { position }).next(segment.sizeBytes);
        this.#returned.shift();
        if (found !== undefined && "item" in found && found.item.position === position) {
          return { item: found.item, segment };
        }
        if (found !== undefined && "damage" in found) this.#options.onDamage(segment, found.damage);
        this.#options.onLost(segment, position, position + 1);
      } finally {
        await file.close();
      }
    }
    return undefined;
  }

  async #readOn(): Promise<Located | undefined> {
    const { done, onDamage } = this.#options;
    for (;;) {
      const fresh = this.#fresh.take(this.#position);
      if (fresh !== undefined) {
        await this.#goBehind(fresh);
        if (!done.has(fresh.item.position)) return fresh;
        continue;
      }
      const scan = this.#scan ?? (await this.#openNext());
      const segment = this.#segment;
      if (scan === undefined || segment === undefined) return undefined;
      const found = await scan.next(segment.sizeBytes);
      if (found === undefined) {
        // More may have been appended while we read.
        if (scan.offset < segment.sizeBytes) continue;
        if (!segment.sealed) return undefined;
        this.#lose(segment, segment.end);
        await this.close();
      } else if ("damage" in found) {
        onDamage(segment, found.damage);
      } else {
        const { item } = found;
        const old = item.position < this.#position;
        this.#lose(segment, item.position);
        this.#position = Math.max(this.#position, item.position + 1);
        if (!old && !done.has(item.position)) return { item, segment };
      }
    }
  }

  /** The next to read from the disk is what stands behind this item. */
  async #goBehind({ item, segment }: Located): Promise<void> {
    this.#position = item.position + 1;
    const offset = item.offset + item.bytes;
    if (this.#segment === segment) this.#scan?.skipTo(offset, this.#position);
    else await this.close();
    this.#resume = { segment, offset };
  }

  async #openNext(): Promise<SegmentScan | undefined> {
    const position = this.#options.done.nextOpen(this.#position);
    const segment = this.#options.segments.find(({ end }) => end > position);
    if (segment === undefined) return undefined;
    this.#lose(undefined, segment.first);
    this.#file = await this.#options.files.open(segment.path, "read");
    this.#segment = segment;
    const resumed = this.#resume?.segment === segment ? this.#resume : undefined;
    this.#scan = new SegmentScan(this.#file, segment, resumed?.offset ?? SEGMENT_HEADER_BYTES);
    return this.#scan;
  }

  /** Reports the positions before `to` that should have come and did not. */
  #lose(segment: Segment | undefined, to: number): void {
    const from = this.#position;
    if (to <= from) return;
    this.#position = to;
    if (this.#options.done.countOpen(from, to) > 0) this.#options.onLost(segment, from, to);
  }
}
