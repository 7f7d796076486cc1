import type { OpenFile } from "./file-layer.ts";
import {
  ITEM_HEADER_BYTES,
  type ItemHeader,
  MARKER_BYTES,
  parseItemHeader,
  payloadCrc,
  type SegmentName,
} from "./format.ts";

export interface FoundItem extends ItemHeader {
  /** Where its header starts in the file, and the bytes of header and payload together. */
  readonly offset: number;
  readonly bytes: number;
  /** The caller's own, unless the scan only looks through: then valid until the next call. */
  readonly payload: Uint8Array;
  /** What came with it when it was appended; only where it was not read from the file. */
  readonly memo?: unknown;
}

/** Bytes that are no item. */
export interface FoundDamage {
  readonly offset: number;
  readonly bytes: number;
  /** The file ends inside of what begins like an item: a write that a crash cut short, or a file that was shortened. */
  readonly cutShort: boolean;
}

export type Found = { readonly item: FoundItem } | { readonly damage: FoundDamage };

const WINDOW_BYTES = 256 * 1024;

/**
 * Reads the items of one segment in order, and what is damaged between them. Whatever the bytes are, it never throws for
 * them and holds one window and one payload at most. It does not own the file.
 */
export class SegmentScan {
  readonly #file: Pick<OpenFile, "read">;
  readonly #segment: SegmentName;
  readonly #window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  readonly #lookThrough: boolean;
  #scratch = Buffer.alloc(0);
  #windowAt = 0;
  #windowBytes = 0;
  #offset: number;
  #position: number;

  /**
   * Starts at the byte `offset`, where an item should begin that has the position `position` or a later one.
   * `lookThrough`: payloads are checked and not copied.
   */
  constructor(
    file: Pick<OpenFile, "read">,
    segment: SegmentName,
    offset: number,
    { position = segment.first, lookThrough = false } = {},
  ) {
    this.#lookThrough = lookThrough;
    this.#file = file;
    this.#segment = segment;
    this.#offset = offset;
    this.#position = position;
  }

  /** Where the next item should begin. */
  get offset(): number {
    return this.#offset;
  }

  /** Goes on at the byte `offset`, where an item should begin that has the position `position` or a later one. */
  skipTo(offset: number, position: number): void {
    this.#offset = offset;
    this.#position = position;
  }

  /**
   * What comes next before the byte `limit`; undefined when nothing does. An item with a position of `below` or later
   * ends the segment: it was never acknowledged, and a later segment took its position.
   */
  async next(limit: number, below = Number.MAX_SAFE_INTEGER): Promise<Found | undefined> {
    if (this.#offset >= limit) return undefined;
    const header = await this.#headerAt(this.#offset, limit);
    if (header !== undefined && header.position >= below) return undefined;
    const payload = header === undefined ? undefined : await this.#payloadOf(header, limit);
    if (header !== undefined && payload !== undefined) {
      const bytes = ITEM_HEADER_BYTES + header.payloadBytes;
      const item = { ...header, offset: this.#offset, bytes, payload };
      this.#offset += bytes;
      this.#position = header.position + 1;
      return { item };
    }
    const start = this.#offset;
    const cutShort = header === undefined ? await this.#endsInHeader(limit) : this.#end(header, start) > limit;
    this.#offset = await this.#resynchronise(start + 1, limit);
    return { damage: { offset: start, bytes: this.#offset - start, cutShort: cutShort && this.#offset === limit } };
  }

  #end(header: ItemHeader, offset: number): number {
    return offset + ITEM_HEADER_BYTES + header.payloadBytes;
  }

  async #headerAt(offset: number, limit: number): Promise<ItemHeader | undefined> {
    const available = await this.#load(offset, ITEM_HEADER_BYTES, limit);
    if (available < ITEM_HEADER_BYTES) return undefined;
    const header = parseItemHeader(this.#window, offset - this.#windowAt, this.#segment);
    // Positions only grow: an older item is one that the file system brought back.
    return header !== undefined && header.position >= this.#position ? header : undefined;
  }

  async #payloadOf(header: ItemHeader, limit: number): Promise<Buffer | undefined> {
    if (this.#end(header, this.#offset) > limit) return undefined;
    const start = this.#offset + ITEM_HEADER_BYTES;
    const inWindow = start + header.payloadBytes <= this.#windowAt + this.#windowBytes;
    let payload: Buffer;
    if (inWindow) {
      const held = this.#window.subarray(start - this.#windowAt, start - this.#windowAt + header.payloadBytes);
      payload = this.#lookThrough ? held : Buffer.from(held);
    } else {
      payload = this.#room(header.payloadBytes);
      if ((await this.#file.read(payload, start)) < payload.length) return undefined;
    }
    return payloadCrc(payload) === header.payloadCrc ? payload : undefined;
  }

  #room(bytes: number): Buffer {
    if (!this.#lookThrough) return Buffer.allocUnsafeSlow(bytes);
    if (this.#scratch.length < bytes) this.#scratch = Buffer.allocUnsafeSlow(bytes);
    return this.#scratch.subarray(0, bytes);
  }

  /** Where the next whole header starts; `limit` when there is none. Linear in the bytes passed, whatever they are. */
  async #resynchronise(from: number, limit: number): Promise<number> {
    for (let at = from; at < limit;) {
      const available = await this.#load(at, ITEM_HEADER_BYTES, limit);
      if (available < ITEM_HEADER_BYTES) return limit;
      const start = at - this.#windowAt;
      const hit = this.#window.subarray(0, start + available).indexOf(this.#segment.marker, start);
      if (hit < 0) {
        // The marker may straddle the end of the window.
        at += available - MARKER_BYTES + 1;
        continue;
      }
      at = this.#windowAt + hit;
      const header = await this.#headerAt(at, limit);
      if (header !== undefined && this.#end(header, at) <= limit) return at;
      at++;
    }
    return limit;
  }

  async #endsInHeader(limit: number): Promise<boolean> {
    const available = await this.#load(this.#offset, ITEM_HEADER_BYTES, limit);
    if (available >= ITEM_HEADER_BYTES) return false;
    const start = this.#offset - this.#windowAt;
    const length = Math.min(available, MARKER_BYTES);
    return this.#window.compare(this.#segment.marker, 0, length, start, start + length) === 0;
  }

  /** Bytes in the window from `offset` on and before `limit`: at least `wanted`, unless the limit or the file ends. */
  async #load(offset: number, wanted: number, limit: number): Promise<number> {
    const held = this.#windowAt + this.#windowBytes - offset;
    const needed = Math.min(wanted, limit - offset);
    if (offset < this.#windowAt || held < needed) {
      this.#windowAt = offset;
      this.#windowBytes = 0;
      const room = this.#window.subarray(0, Math.min(WINDOW_BYTES, limit - offset));
      this.#windowBytes = await this.#file.read(room, offset);
    }
    return Math.max(0, Math.min(this.#windowAt + this.#windowBytes, limit) - offset);
  }
}
