import type { FileLayer } from "./file-layer.ts";
import type { LaneCursor } from "./cursor.ts";
import { LaneReader, type ReaderOptions } from "./lane-reader.ts";
import type { LaneWriter } from "./lane-writer.ts";
import type { PositionSet } from "./position-set.ts";
import type { Amount, Located, Segment } from "./segment.ts";

export interface LaneEvents extends Pick<ReaderOptions, "onDamage"> {
  /** So many items will never be found. `segment` is missing when they stood between two segments. */
  onLost(segment: Segment | undefined, items: number): void;
  /** So many records stood in items that are lost; known when all other items of the segment are done. */
  onLostRecords(records: number): void;
}

/** The items of one priority class: segments, what of them is done, and the two ends that write and read. */
export class Lane {
  readonly priority: number;
  readonly segments: Segment[];
  readonly writer: LaneWriter;
  readonly reader: LaneReader;
  readonly #done: PositionSet;
  readonly #events: LaneEvents;

  constructor(
    priority: number,
    segments: Segment[],
    done: PositionSet,
    writer: LaneWriter,
    files: FileLayer,
    events: LaneEvents,
  ) {
    this.priority = priority;
    this.segments = segments;
    this.writer = writer;
    this.#done = done;
    this.#events = events;
    this.reader = new LaneReader({
      files,
      segments,
      done,
      onDamage: (segment, damage) => {
        segment.damaged = true;
        if (!segment.scanned) events.onDamage(segment, damage);
      },
      onLost: (segment, from, to) => {
        const lost = done.countOpen(from, to);
        if (segment !== undefined && !segment.scanned) segment.open.items -= Math.min(lost, segment.open.items);
        done.add(from, to);
        if (segment !== undefined) this.#clearIfDone(segment);
        events.onLost(segment, lost);
      },
    });
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** What is not done. */
  get open(): Amount {
    const sum = { items: 0, records: 0, bytes: 0 };
    for (const { open } of this.segments) {
      sum.items += open.items;
      sum.records += open.records;
      sum.bytes += open.bytes;
    }
    return sum;
  }

  cursor(): LaneCursor {
    const { low, above } = this.#done;
    return { priority: this.priority, next: Math.max(this.writer.position, this.#done.end), low, done: [...above] };
  }

  settle({ item, segment }: Located): void {
    this.#done.add(item.position, item.position + 1);
    segment.open.items--;
    segment.open.records -= item.records;
    segment.open.bytes -= item.bytes;
    this.#clearIfDone(segment);
  }

  /** Segments that nobody needs any more, once a cursor that says so is on the disk. */
  removable(): Segment[] {
    return this.segments.filter((segment) => segment.sealed && this.#isDone(segment));
  }

  /** Whether all is done, although the segment that is written takes up room. */
  get idle(): boolean {
    return this.segments.every((segment) => this.#isDone(segment)) && this.segments.some(({ sealed }) => !sealed);
  }

  /** The oldest segment that holds something and that nobody has an item of in hand. */
  droppable(): Segment | undefined {
    return this.segments.find(({ open, inFlight }) => inFlight === 0 && open.items > 0);
  }

  /** Counts all that is left of a segment as done and returns how much it was. The segment must be sealed. */
  async drop(segment: Segment): Promise<Amount> {
    const dropped = { ...segment.open };
    segment.open.records = 0;
    this.#done.add(segment.first, segment.end);
    this.#clearIfDone(segment);
    await this.reader.skip(segment);
    return dropped;
  }

  forget(segment: Segment): void {
    this.segments.splice(this.segments.indexOf(segment), 1);
  }

  async close(): Promise<void> {
    await this.writer.seal();
    await this.reader.close();
  }

  #isDone({ first, end }: Segment): boolean {
    return this.#done.countOpen(first, end) === 0;
  }

  /** Records of lost items are known only by what is left when all others are done. */
  #clearIfDone(segment: Segment): void {
    if (!this.#isDone(segment)) return;
    if (segment.open.records > 0) this.#events.onLostRecords(segment.open.records);
    segment.open.items = 0;
    segment.open.records = 0;
    segment.open.bytes = 0;
  }
}
