import type { Logger } from "#core/context.ts";
import { RetryableError } from "#core/errors.ts";
import type { FileLayer, OpenFile } from "./file-layer.ts";
import { encodeItemHeader, ITEM_HEADER_BYTES, payloadCrc } from "./format.ts";
import { createSegment, type Located, type Segment } from "./segment.ts";
import type { FoundItem } from "./segment-scan.ts";

export interface NewItem {
  readonly payload: Uint8Array;
  readonly memo: unknown;
  readonly records: number;
  readonly sequence: number;
  readonly appendedUnixMs: number;
}

interface Waiting extends NewItem {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Where a lane goes on: number and first position of its next segment, and the counters of that one's header. */
export interface LaneStart {
  readonly number: number;
  readonly position: number;
  readonly records: number;
  readonly bytes: number;
}

export interface WriterOptions {
  readonly files: FileLayer;
  readonly log: Logger;
  readonly directory: string;
  readonly priority: number;
  readonly segmentBytes: number;
  /** Items are synced before they are acknowledged. */
  readonly syncEach: boolean;
  /** A segment is synced before the next one begins. */
  readonly syncSealed: boolean;
  readonly start: LaneStart;
  now(): number;
  /** The next free sequence number. */
  sequence(): number;
  onSegment(segment: Segment): void;
  /** Each item in its place, when it is durable under the policy. */
  onAppended(located: Located): void;
  onSync(): void;
}

/** Bounds what one failing sync takes with it, and how long the first of a group waits for the last. */
const GROUP_BYTES = 8 * 1024 * 1024;
const GROUP_ITEMS = 500;

/** Appends the items of one class. What arrives while the disk is busy is written together and shares one sync. */
export class LaneWriter {
  readonly #options: WriterOptions;
  #waiting: (Waiting | (() => Promise<void>))[] = [];
  #running = false;
  #segment: Segment | undefined;
  #file: OpenFile | undefined;
  #unsynced = false;
  #number: number;
  #position: number;
  #records: number;
  #bytes: number;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#number = options.start.number;
    this.#position = options.start.position;
    this.#records = options.start.records;
    this.#bytes = options.start.bytes;
  }

  /** The position of the next item. */
  get position(): number {
    return this.#position;
  }

  /**
   * Resolves when the item is durable under the policy. The payload must not change before. @throws RetryableError
   * (`queue_write`): the item is not in the queue; at most a crash before the next segment begins can bring it back.
   */
  append(item: NewItem): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#enqueue({ ...item, resolve, reject });
    return promise;
  }

  /** Syncs what was appended without. Never rejects: what cannot be synced is logged, and a new segment begins. */
  sync(): Promise<void> {
    return this.#between(async () => {
      if (!this.#unsynced) return;
      try {
        await this.#syncFile();
      } catch (error) {
        this.#options.log.error({ error, file: this.#segment?.path }, "queue could not sync what it had acknowledged");
        this.#unsynced = false;
        await this.#leaveSegment();
      }
    });
  }

  /** Ends the segment that is written; the next item begins another one. Never rejects. */
  seal(): Promise<void> {
    return this.#between(() => this.#leaveSegment());
  }

  /** Runs between two groups, when nothing is half done. */
  #between(work: () => Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#enqueue(() => work().finally(resolve));
    return promise;
  }

  #enqueue(entry: Waiting | (() => Promise<void>)): void {
    this.#waiting.push(entry);
    if (!this.#running) void this.#run();
  }

  /** Never rejects: outcomes go to those who wait. */
  async #run(): Promise<void> {
    this.#running = true;
    // Whoever appends in the same turn of the event loop is in the first group too.
    await Promise.resolve();
    for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
      if (typeof entry === "function") {
        this.#waiting.shift();
        await entry();
        continue;
      }
      const group = this.#takeGroup();
      try {
        await this.#commit(group);
        for (const { resolve } of group) resolve();
      } catch (error) {
        const failure = new RetryableError(`cannot write to the queue ${this.#options.directory}`, {
          cause: error,
          code: "queue_write",
        });
        for (const { reject } of group) reject(failure);
      }
    }
    this.#running = false;
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.#waiting) {
      if (typeof entry === "function" || count === GROUP_ITEMS) break;
      bytes += ITEM_HEADER_BYTES + entry.payload.length;
      if (count > 0 && bytes > GROUP_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count) as Waiting[];
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const { files, priority } = this.#options;
    const bytes = group.reduce((sum, { payload }) => sum + ITEM_HEADER_BYTES + payload.length, 0);
    const { segment, file } = await this.#segmentFor(bytes);
    let offset = segment.sizeBytes;
    const items = group.map(({ payload, memo, records, sequence, appendedUnixMs }, k): FoundItem => {
      const item = {
        payloadBytes: payload.length,
        records,
        priority,
        position: this.#position + k,
        sequence,
        appendedUnixMs,
        payloadCrc: payloadCrc(payload),
        offset,
        bytes: ITEM_HEADER_BYTES + payload.length,
        payload,
        memo,
      };
      offset += item.bytes;
      return item;
    });
    const parts = items.flatMap((item) => [encodeItemHeader(segment.marker, item), item.payload]);
    try {
      await file.write(parts, segment.sizeBytes);
      await files.reached("append.written");
    } catch (error) {
      await this.#rollBack(segment, file);
      throw error;
    }
    this.#unsynced = true;
    if (this.#options.syncEach) {
      try {
        await this.#syncFile();
      } catch (error) {
        // After a failed sync the page cache may claim what the disk does not hold: nothing more goes into this file.
        await this.#rollBack(segment, file);
        this.#unsynced = false;
        await this.#leaveSegment();
        throw error;
      }
      await files.reached("append.synced");
    }
    this.#publish(segment, items, bytes);
  }

  #publish(segment: Segment, items: readonly FoundItem[], bytes: number): void {
    const records = items.reduce((sum, item) => sum + item.records, 0);
    segment.sizeBytes += bytes;
    segment.end += items.length;
    segment.records += records;
    segment.open.items += items.length;
    segment.open.records += records;
    segment.open.bytes += bytes;
    for (const item of items) this.#options.onAppended({ item, segment });
    this.#position += items.length;
    this.#records += records;
    this.#bytes += bytes;
  }

  /** The segment to append `bytes` to, a new one when the last is full, left or missing. */
  async #segmentFor(bytes: number): Promise<{ segment: Segment; file: OpenFile }> {
    const full = this.#segment !== undefined && this.#segment.end > this.#segment.first;
    if (full && (this.#segment as Segment).sizeBytes + bytes > this.#options.segmentBytes) await this.#leaveSegment();
    if (this.#segment !== undefined && this.#file !== undefined) return { segment: this.#segment, file: this.#file };
    const made = await createSegment(this.#options.files, this.#options.directory, {
      priority: this.#options.priority,
      number: this.#number++,
      first: this.#position,
      recordsBefore: this.#records,
      bytesBefore: this.#bytes,
      createdUnixMs: this.#options.now(),
      sequence: this.#options.sequence(),
    });
    this.#segment = made.segment;
    this.#file = made.file;
    this.#options.onSegment(made.segment);
    return made;
  }

  /** Cuts off what a failed group left. When not even that works, the file is left: the next one bounds it. */
  async #rollBack(segment: Segment, file: OpenFile): Promise<void> {
    try {
      await file.truncate(segment.sizeBytes);
      await this.#options.files.reached("append.rolled_back");
    } catch (error) {
      this.#options.log.warn(
        { error, file: segment.path },
        "queue could not cut off a failed write, begins a new file",
      );
      await this.#leaveSegment();
    }
  }

  async #syncFile(): Promise<void> {
    await this.#file?.sync();
    this.#unsynced = false;
    this.#options.onSync();
  }

  async #leaveSegment(): Promise<void> {
    const segment = this.#segment;
    const file = this.#file;
    if (segment === undefined || file === undefined) return;
    this.#segment = undefined;
    this.#file = undefined;
    segment.sealed = true;
    try {
      if (this.#unsynced && this.#options.syncSealed) await file.sync();
    } catch (error) {
      this.#options.log.error({ error, file: segment.path }, "queue could not sync what it had acknowledged");
    }
    this.#unsynced = false;
    await file.close().catch(() => undefined);
  }
}
