import { crc32 } from "node:zlib";

/**
 * The bytes of a segment file; docs/queue-format.md describes them. All numbers are little-endian.
 *
 * Check sums are CRC-32 (zlib) and not CRC-32C: Node has the former natively, 4.9 GB/s here, and the latter only in
 * JavaScript, 1.2 GB/s. Both have 32 bits, and at these lengths both find every burst of up to 32 bits.
 */
const FORMAT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 80;
export const ITEM_HEADER_BYTES = 56;
export const MARKER_BYTES = 8;
/** Longest payload. A longer length in a file is damage, so a reader never allocates more than this for an item. */
export const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;
export const MAX_RECORDS = 0xffff_ffff;
/** Priority classes 0 to 3; the higher, the later it is dropped. */
export const PRIORITY_CLASSES = 4;

const MAGIC = Buffer.from("TWQUEUE\n", "latin1");
const PREFIX_BYTES = 16;

/** What the file name says, so that a damaged header costs no item. */
export interface SegmentName {
  readonly priority: number;
  /** Grows from segment to segment of a class. `first` alone can repeat: after a failed sync its positions are used again. */
  readonly number: number;
  /** Position of the first item; positions count the items of one class from 1 on. */
  readonly first: number;
  /** Starts every item. Random for each segment: no payload can imitate an item. */
  readonly marker: Buffer;
}

export interface SegmentHeader extends SegmentName {
  /** Records and bytes of all items of this class before this segment; their differences count a segment unread. */
  readonly recordsBefore: number;
  readonly bytesBefore: number;
  readonly createdUnixMs: number;
  /** Sequence numbers from here on are free when the segment is made. */
  readonly sequence: number;
}

export interface ItemHeader {
  readonly payloadBytes: number;
  readonly records: number;
  readonly priority: number;
  readonly position: number;
  /** Order over all classes. */
  readonly sequence: number;
  readonly appendedUnixMs: number;
  readonly payloadCrc: number;
}

export function segmentFileName({ priority, number, first, marker }: SegmentName): string {
  return `${priority}-${pad(number, 10)}-${pad(first, 16)}-${marker.toString("hex")}.segment`;
}

/** Undefined when it is not the name of a segment. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const parts = /^([0-3])-(\d{10})-(\d{16})-([0-9a-f]{16})\.segment$/.exec(name);
  const number = Number(parts?.[2]);
  const first = Number(parts?.[3]);
  if (parts === null || number > 0xffff_ffff || !Number.isSafeInteger(first) || first < 1) return undefined;
  return { priority: Number(parts[1]), number, first, marker: Buffer.from(parts[4] as string, "hex") };
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(FORMAT_VERSION, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
  header.marker.copy(bytes, 16);
  bytes.writeUInt8(header.priority, 24);
  bytes.writeUInt32LE(header.number, 28);
  writeU64(bytes, header.first, 32);
  writeU64(bytes, header.recordsBefore, 40);
  writeU64(bytes, header.bytesBefore, 48);
  writeU64(bytes, header.createdUnixMs, 56);
  writeU64(bytes, header.sequence, 64);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 76)), 76);
  return bytes;
}

/** A header, the number of a version that this program does not know, or undefined for damage. */
export function parseSegmentHeader(bytes: Buffer): SegmentHeader | number | undefined {
  // Magic, version and their check sum stand like this in every version, so that a newer one is known for what it is.
  if (bytes.length < PREFIX_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (bytes.readUInt32LE(12) !== crc32(bytes.subarray(0, 12))) return undefined;
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) return version;
  if (bytes.length < SEGMENT_HEADER_BYTES || bytes.readUInt32LE(76) !== crc32(bytes.subarray(0, 76))) return undefined;
  return {
    marker: Buffer.from(bytes.subarray(16, 24)),
    priority: bytes.readUInt8(24),
    number: bytes.readUInt32LE(28),
    first: readU64(bytes, 32),
    recordsBefore: readU64(bytes, 40),
    bytesBefore: readU64(bytes, 48),
    createdUnixMs: readU64(bytes, 56),
    sequence: readU64(bytes, 64),
  };
}

export function encodeItemHeader(marker: Buffer, header: ItemHeader): Buffer {
  const bytes = Buffer.alloc(ITEM_HEADER_BYTES);
  marker.copy(bytes, 0);
  bytes.writeUInt32LE(header.payloadBytes, 8);
  bytes.writeUInt32LE(header.records, 12);
  bytes.writeUInt8(header.priority, 16);
  writeU64(bytes, header.position, 24);
  writeU64(bytes, header.sequence, 32);
  writeU64(bytes, header.appendedUnixMs, 40);
  bytes.writeUInt32LE(header.payloadCrc, 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 52)), 52);
  return bytes;
}

/** The header that starts at `at`, or undefined when none does. `bytes` must reach ITEM_HEADER_BYTES from there. */
export function parseItemHeader(bytes: Buffer, at: number, segment: SegmentName): ItemHeader | undefined {
  if (bytes.compare(segment.marker, 0, MARKER_BYTES, at, at + MARKER_BYTES) !== 0) return undefined;
  if (bytes.readUInt32LE(at + 52) !== crc32(bytes.subarray(at, at + 52))) return undefined;
  const header: ItemHeader = {
    payloadBytes: bytes.readUInt32LE(at + 8),
    records: bytes.readUInt32LE(at + 12),
    priority: bytes.readUInt8(at + 16),
    position: readU64(bytes, at + 24),
    sequence: readU64(bytes, at + 32),
    appendedUnixMs: readU64(bytes, at + 40),
    payloadCrc: bytes.readUInt32LE(at + 48),
  };
  const plausible =
    header.payloadBytes <= MAX_PAYLOAD_BYTES &&
    header.priority === segment.priority &&
    header.position >= segment.first &&
    Number.isSafeInteger(header.position) &&
    Number.isSafeInteger(header.sequence);
  return plausible ? header : undefined;
}

export function payloadCrc(payload: Uint8Array): number {
  return crc32(payload);
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

function writeU64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, at);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

/** Exact below 2^53; above, the caller's check for a safe integer fails. */
function readU64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}
