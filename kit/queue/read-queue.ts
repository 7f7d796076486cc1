import { join } from "node:path";
import { readCursor, unknownVersion } from "./cursor.ts";
import { errorCode, type FileLayer, type OpenFile } from "./file-layer.ts";
import { parseSegmentHeader, parseSegmentName, SEGMENT_HEADER_BYTES, type SegmentName } from "./format.ts";
import { PositionSet } from "./position-set.ts";
import { realFiles } from "./real-files.ts";
import { type FoundDamage, type FoundItem, SegmentScan } from "./segment-scan.ts";
import { scanSegment } from "./scan-segment.ts";

/** An item as it stands in a file. */
export interface StoredItem extends FoundItem {
  readonly file: string;
  /** Delivered or dropped, as of the last checkpoint. */
  readonly done: boolean;
}

interface SegmentReport {
  readonly file: string;
  readonly fileBytes: number;
  readonly headerDamaged: boolean;
  /** Undamaged items, and those of them that are not done. */
  readonly items: number;
  readonly openItems: number;
  readonly records: number;
  /** Positions of the class that neither this segment nor the next one holds. */
  readonly missing: number;
  readonly damage: readonly FoundDamage[];
  /** Bytes behind the items that nobody was told are safe. */
  readonly tornBytes: number;
}

export interface QueueReport {
  readonly cursor: "whole" | "missing" | "damaged";
  readonly segments: readonly SegmentReport[];
}

interface Listed extends SegmentName {
  readonly file: string;
  /** First position of the next segment of its class. */
  readonly below: number | undefined;
}

/**
 * Items in order, without becoming the owner: for commands, on a queue at rest, on its `damaged/` folder, or beside a
 * running process, whose newest and removed items may then be missing. What is damaged is passed over.
 * @throws PermanentError (`queue_version`) naming a file of a newer program.
 */
export async function* readQueue(directory: string, files: FileLayer = realFiles): AsyncGenerator<StoredItem> {
  const { segments, done } = await survey(directory, files);
  const lanes = [...done].map(([priority, set]) =>
    readLane(
      directory,
      segments.filter((segment) => segment.priority === priority),
      set,
      files,
    ),
  );
  const heads = await Promise.all(lanes.map((lane) => lane.next()));
  try {
    for (;;) {
      let oldest = -1;
      for (const [k, head] of heads.entries()) {
        if (head.done === true) continue;
        const best = heads[oldest];
        if (best === undefined || head.value.sequence < (best.value as StoredItem).sequence) oldest = k;
      }
      const head = heads[oldest];
      const lane = lanes[oldest];
      if (head === undefined || head.done === true || lane === undefined) return;
      yield head.value;
      heads[oldest] = await lane.next();
    }
  } finally {
    for (const lane of lanes) await lane.return(undefined);
  }
}

/** Reads everything and says what is damaged or missing and where. Changes nothing. @throws as `readQueue` does. */
export async function verifyQueue(directory: string, files: FileLayer = realFiles): Promise<QueueReport> {
  const { cursor, segments, done } = await survey(directory, files);
  const reports: SegmentReport[] = [];
  for (const segment of segments) {
    const report = await withFile(files, join(directory, segment.file), (file) =>
      verifySegment(file, segment, done.get(segment.priority) ?? new PositionSet(1)),
    );
    if (report !== undefined) reports.push(report);
  }
  return { cursor, segments: reports };
}

async function verifySegment(file: OpenFile, segment: Listed, done: PositionSet): Promise<SegmentReport> {
  const fileBytes = await file.size();
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const read = await file.read(header, 0);
  const scanned = await scanSegment(file, segment, fileBytes, segment.below, done);
  return {
    file: segment.file,
    fileBytes,
    headerDamaged: parseSegmentHeader(header.subarray(0, read)) === undefined,
    items: scanned.items,
    openItems: scanned.open.items,
    records: scanned.records,
    missing: scanned.gaps + (segment.below === undefined ? 0 : done.countOpen(scanned.end, segment.below)),
    damage: scanned.damage,
    tornBytes: scanned.tornBytes,
  };
}

async function* readLane(
  directory: string,
  segments: readonly Listed[],
  done: PositionSet,
  files: FileLayer,
): AsyncGenerator<StoredItem> {
  for (const segment of segments) {
    const file = await openIfThere(files, join(directory, segment.file));
    if (file === undefined) continue;
    try {
      const limit = await file.size();
      const scan = new SegmentScan(file, segment, SEGMENT_HEADER_BYTES);
      for (let found = await scan.next(limit, segment.below); found; found = await scan.next(limit, segment.below)) {
        if ("item" in found) yield { ...found.item, file: segment.file, done: done.has(found.item.position) };
      }
    } finally {
      await file.close();
    }
  }
}

/** The segments in order, and what is done of each class that has some. */
async function survey(directory: string, files: FileLayer) {
  const names = (await files.list(directory)).flatMap((file) => {
    const name = parseSegmentName(file);
    return name === undefined ? [] : [{ ...name, file }];
  });
  names.sort((a, b) => a.priority - b.priority || a.number - b.number);
  const segments = names.map((name, k): Listed => {
    const next = names[k + 1];
    return { ...name, below: next?.priority === name.priority ? next.first : undefined };
  });
  for (const { file } of segments) {
    const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const version = await withFile(files, join(directory, file), async (open) =>
      parseSegmentHeader(header.subarray(0, await open.read(header, 0))),
    );
    if (typeof version === "number") throw unknownVersion(join(directory, file), version);
  }
  const cursor = await readCursor(files, directory);
  const done = new Map<number, PositionSet>();
  for (const { priority, first } of segments) {
    if (done.has(priority)) continue;
    const lane = typeof cursor === "string" ? undefined : cursor.lanes.find((other) => other.priority === priority);
    done.set(priority, new PositionSet(lane?.low ?? first, lane?.done));
  }
  return { cursor: typeof cursor === "string" ? cursor : ("whole" as const), segments, done };
}

/** Undefined when the file is gone: its owner may remove it at any time. */
async function withFile<T>(
  files: FileLayer,
  path: string,
  work: (file: OpenFile) => Promise<T>,
): Promise<T | undefined> {
  const file = await openIfThere(files, path);
  if (file === undefined) return undefined;
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

async function openIfThere(files: FileLayer, path: string): Promise<OpenFile | undefined> {
  try {
    return await files.open(path, "read");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
