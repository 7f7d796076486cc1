import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { FileLayer, OpenFile } from "./file-layer.ts";
import {
  encodeSegmentHeader,
  MARKER_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  type SegmentName,
  segmentFileName,
} from "./format.ts";
import type { FoundItem } from "./segment-scan.ts";

/** Items, records and bytes (of headers and payloads). */
export interface Amount {
  items: number;
  records: number;
  bytes: number;
}

/** What memory knows of a segment file: where it is and how much of it is still to be done, never its items. */
export interface Segment extends SegmentName {
  readonly path: string;
  readonly recordsBefore: number;
  readonly bytesBefore: number;
  readonly createdUnixMs: number;
  /** Bytes that hold acknowledged items; what lies behind them in the file does not count. */
  sizeBytes: number;
  /** Position after its last item. */
  end: number;
  /** Records of all its items. */
  records: number;
  /** Nothing is appended any more. */
  sealed: boolean;
  /** Holds damage: kept for the operator when it is done. */
  damaged: boolean;
  /** What is not done yet. */
  readonly open: Amount;
  /** All of it was read when the queue was opened: its damage is counted, and what is lost is not in `open`. */
  readonly scanned: boolean;
  /** Items that somebody has in hand. */
  inFlight: number;
}

/** An item and the segment that it stands in. */
export interface Located {
  readonly item: FoundItem;
  readonly segment: Segment;
}

/** Makes a segment file, which survives a power cut when this resolves. The caller owns the open file. */
export async function createSegment(
  files: FileLayer,
  directory: string,
  spec: Omit<SegmentHeader, "marker">,
): Promise<{ segment: Segment; file: OpenFile }> {
  const header: SegmentHeader = { ...spec, marker: randomBytes(MARKER_BYTES) };
  const path = join(directory, segmentFileName(header));
  const file = await files.open(path, "create");
  try {
    await files.reached("segment.created");
    await file.write([encodeSegmentHeader(header)], 0);
    await files.reached("segment.written");
    await file.sync();
    await files.reached("segment.synced");
    await files.syncDirectory(directory);
    await files.reached("segment.ready");
  } catch (error) {
    await file.close().catch(() => undefined);
    // Should this fail too, the next start finds a segment without items, which does no harm.
    await files.remove(path).catch(() => undefined);
    throw error;
  }
  const segment: Segment = {
    ...header,
    path,
    sizeBytes: SEGMENT_HEADER_BYTES,
    end: header.first,
    records: 0,
    sealed: false,
    damaged: false,
    open: { items: 0, records: 0, bytes: 0 },
    scanned: false,
    inFlight: 0,
  };
  return { segment, file };
}
