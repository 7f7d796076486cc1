import { join } from "node:path";
import type { Logger } from "#core/context.ts";
import { type LaneCursor, unknownVersion } from "./cursor.ts";
import type { FileLayer, OpenFile } from "./file-layer.ts";
import { parseSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from "./format.ts";
import type { SegmentName } from "./format.ts";
import type { LaneStart } from "./lane-writer.ts";
import { PositionSet } from "./position-set.ts";
import { scanSegment } from "./scan-segment.ts";
import type { Segment } from "./segment.ts";
import type { FoundDamage } from "./segment-scan.ts";

export interface SegmentFile extends SegmentName {
  readonly file: string;
}

export interface Recovered {
  readonly segments: Segment[];
  readonly done: PositionSet;
  readonly start: LaneStart;
  /** Above all sequence numbers that were seen. */
  readonly sequence: number;
}

interface Candidate extends SegmentFile {
  readonly path: string;
  readonly fileBytes: number;
  /** Missing when it is damaged. */
  readonly header: SegmentHeader | undefined;
}

interface Options {
  readonly files: FileLayer;
  readonly directory: string;
  readonly log: Logger;
  onDamage(segment: Segment, damage: FoundDamage): void;
  onTorn(bytes: number): void;
}

/**
 * Finds out what one class holds. Only headers are read, but for segments that are partly done, that do not fit their
 * neighbours, and the last one. `names` are the class's segments by number.
 * @throws PermanentError (`queue_version`) naming a file that a newer program wrote.
 */
export async function recoverLane(
  names: readonly SegmentFile[],
  cursor: LaneCursor | undefined,
  cursorLost: boolean,
  options: Options,
): Promise<Recovered> {
  const candidates: Candidate[] = [];
  for (const name of names) {
    const candidate = await readHeader(name, options);
    if (candidate !== undefined) candidates.push(candidate);
  }
  const low = cursor?.low ?? (cursorLost ? (candidates[0]?.first ?? 1) : 1);
  const done = new PositionSet(low, cursor?.done);
  const segments: Segment[] = [];
  let sequence = 0;
  for (const [k, candidate] of candidates.entries()) {
    const next = candidates[k + 1];
    const unread = next === undefined ? undefined : trustHeaders(candidate, next, done);
    if (unread !== undefined) {
      segments.push(unread);
      continue;
    }
    const scanned = await scan(candidate, next?.first, done, options);
    segments.push(scanned.segment);
    sequence = Math.max(sequence, scanned.sequence, candidate.header?.sequence ?? 0);
  }
  const last = segments.at(-1);
  return {
    segments,
    done,
    sequence,
    start: {
      number: (names.at(-1)?.number ?? 0) + 1,
      // Positions that the cursor knows are never used again, even if a power cut took their items.
      position: Math.max(last?.end ?? 1, cursor?.next ?? 1, done.end),
      records: (last?.recordsBefore ?? 0) + (last?.records ?? 0),
      bytes: last === undefined ? 0 : last.bytesBefore + last.sizeBytes - SEGMENT_HEADER_BYTES,
    },
  };
}

async function readHeader(name: SegmentFile, { files, directory }: Options): Promise<Candidate | undefined> {
  const path = join(directory, name.file);
  const file = await files.open(path, "read");
  let fileBytes: number;
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  let read: number;
  try {
    fileBytes = await file.size();
    read = await file.read(bytes, 0);
  } finally {
    await file.close();
  }
  const header = parseSegmentHeader(bytes.subarray(0, read));
  if (typeof header === "number") throw unknownVersion(path, header);
  if (fileBytes <= SEGMENT_HEADER_BYTES) {
    // Made, and then the process ended before anything was acknowledged.
    await files.remove(path);
    return undefined;
  }
  const fits =
    header?.priority === name.priority &&
    header.number === name.number &&
    header.first === name.first &&
    header.marker.equals(name.marker);
  return { ...name, path, fileBytes, header: fits ? header : undefined };
}

/** A segment as its header and the next one's describe it, when they agree with its size and nothing in it is done. */
function trustHeaders(candidate: Candidate, next: Candidate, done: PositionSet): Segment | undefined {
  const { header, fileBytes, first } = candidate;
  if (header === undefined || next.header === undefined || done.touches(first, next.first)) return undefined;
  const bytes = next.header.bytesBefore - header.bytesBefore;
  const records = next.header.recordsBefore - header.recordsBefore;
  if (bytes !== fileBytes - SEGMENT_HEADER_BYTES || records < 0 || next.first <= first) return undefined;
  return {
    ...header,
    path: candidate.path,
    sizeBytes: fileBytes,
    end: next.first,
    records,
    sealed: true,
    damaged: false,
    open: { items: next.first - first, records, bytes },
    scanned: false,
    inFlight: 0,
  };
}

async function scan(
  candidate: Candidate,
  below: number | undefined,
  done: PositionSet,
  options: Options,
): Promise<{ segment: Segment; sequence: number }> {
  const { files, log } = options;
  const file = await files.open(candidate.path, below === undefined ? "update" : "read");
  try {
    const result = await scanSegment(file, candidate, candidate.fileBytes, below, done);
    const { tornBytes } = result;
    if (tornBytes > 0) {
      options.onTorn(tornBytes);
      log.info({ file: candidate.path, offset: result.sizeBytes, bytes: tornBytes }, "queue cuts off a torn write");
    }
    if (below === undefined) await settleTail(file, result.sizeBytes, tornBytes, options);
    const segment: Segment = {
      ...candidate,
      recordsBefore: candidate.header?.recordsBefore ?? 0,
      bytesBefore: candidate.header?.bytesBefore ?? 0,
      createdUnixMs: candidate.header?.createdUnixMs ?? 0,
      sizeBytes: result.sizeBytes,
      end: result.end,
      records: result.records,
      sealed: true,
      damaged: result.damage.length > 0 || candidate.header === undefined,
      open: result.open,
      scanned: true,
      inFlight: 0,
    };
    if (candidate.header === undefined)
      options.onDamage(segment, { offset: 0, bytes: SEGMENT_HEADER_BYTES, cutShort: false });
    for (const damage of result.damage) options.onDamage(segment, damage);
    return { segment, sequence: result.sequence };
  } finally {
    await file.close();
  }
}

/** What a killed process had written but not synced is in the queue from now on, and has to be as safe as the rest. */
async function settleTail(file: OpenFile, sizeBytes: number, tornBytes: number, { files }: Options): Promise<void> {
  if (tornBytes > 0) await file.truncate(sizeBytes);
  await file.sync();
  await files.reached("tail.cut");
}
