import { join } from "node:path";
import type { Clock, Logger } from "#core/context.ts";
import { type Cursor, CURSOR_DRAFT_NAME, CURSOR_NAME, readCursor, writeCursor } from "./cursor.ts";
import { DAMAGED_FOLDER } from "./checkpointer.ts";
import { type Dropped, DurableQueue } from "./durable-queue.ts";
import type { FileLayer } from "./file-layer.ts";
import { parseSegmentName, PRIORITY_CLASSES } from "./format.ts";
import { Lane, type LaneEvents } from "./lane.ts";
import { LaneWriter } from "./lane-writer.ts";
import { takeOwnership } from "./owner-lock.ts";
import type { Counters } from "./queue-stats.ts";
import { realFiles } from "./real-files.ts";
import { recoverLane, type SegmentFile } from "./recover-lane.ts";
import { QUEUE_DEFAULTS, type QueueSettings } from "./settings.ts";

export interface QueueWorld {
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: the real disk. */
  readonly files?: FileLayer;
  /** Called after what was dropped is counted; must not throw. */
  readonly onDropped?: (dropped: Dropped) => void;
}

/**
 * Opens the queue in `directory`, which is made if it is missing, and becomes its only owner.
 * @throws PermanentError `queue_in_use` (names the owner's pid) or `queue_version` (names a file of a newer program).
 */
export async function openQueue(
  directory: string,
  settings: Partial<QueueSettings>,
  world: QueueWorld,
): Promise<DurableQueue> {
  const files = world.files ?? realFiles;
  await files.makeDirectory(directory);
  const lock = await takeOwnership(files, directory);
  try {
    const merged = { ...QUEUE_DEFAULTS, ...settings };
    const { lanes, counters, sequence } = await recover(files, directory, merged, world);
    return new DurableQueue({
      ...world,
      files,
      directory,
      settings: merged,
      lanes,
      counters,
      sequence,
      lock,
      onDropped: world.onDropped,
    });
  } catch (error) {
    await lock.release().catch(() => undefined);
    throw error;
  }
}

async function recover(files: FileLayer, directory: string, settings: QueueSettings, { clock, log }: QueueWorld) {
  const names = await segmentsIn(files, directory, log);
  await files.remove(join(directory, CURSOR_DRAFT_NAME));
  const cursor = await readOrReplaceCursor(files, directory, names.length > 0, log);
  const counters = newCounters();
  const sequence = { next: cursor?.sequence ?? 1 };
  const events = toEvents(counters, cursor === undefined, log);
  const lanes: Lane[] = [];
  for (let priority = 0; priority < PRIORITY_CLASSES; priority++) {
    const recovered = await recoverLane(
      names.filter((name) => name.priority === priority),
      cursor?.lanes.find((lane) => lane.priority === priority),
      cursor === undefined,
      { files, directory, log, onDamage: events.onDamage, onTorn: (bytes) => void (counters.tornBytes += bytes) },
    );
    sequence.next = Math.max(sequence.next, recovered.sequence);
    const writer = new LaneWriter({
      files,
      log,
      directory,
      priority,
      segmentBytes: Math.min(settings.segment_bytes, settings.max_bytes / 8),
      syncEach: settings.fsync === "always",
      syncSealed: settings.fsync !== "none",
      start: recovered.start,
      now: () => clock.now(),
      sequence: () => sequence.next,
      onSegment: (segment) => void recovered.segments.push(segment),
      onAppended: (located) => lanes[priority]?.reader.appended(located),
      onSync: () => void counters.syncs++,
    });
    lanes.push(new Lane(priority, recovered.segments, recovered.done, writer, files, events));
  }
  return { lanes, counters, sequence };
}

async function segmentsIn(files: FileLayer, directory: string, log: Logger): Promise<SegmentFile[]> {
  const names = await files.list(directory);
  const segments = names.flatMap((file) => {
    const name = parseSegmentName(file);
    if (name === undefined && file.endsWith(".segment"))
      log.warn({ file }, "queue does not know this file and leaves it alone");
    return name === undefined ? [] : [{ ...name, file }];
  });
  return segments.sort((a, b) => a.number - b.number);
}

/** Undefined: there are items and nobody knows which are done. */
async function readOrReplaceCursor(
  files: FileLayer,
  directory: string,
  hasSegments: boolean,
  log: Logger,
): Promise<Cursor | undefined> {
  const cursor = await readCursor(files, directory);
  if (typeof cursor !== "string") return cursor;
  const fresh: Cursor = { sequence: 1, lanes: [] };
  if (cursor === "damaged") {
    const kept = join(directory, DAMAGED_FOLDER, `${CURSOR_NAME}.${(await files.list(directory)).length}`);
    await files.makeDirectory(join(directory, DAMAGED_FOLDER));
    await files.rename(join(directory, CURSOR_NAME), kept);
    log.error({ file: kept }, "cursor of the queue is damaged, replaying everything that is still there");
  } else if (hasSegments) {
    log.error({ directory }, "cursor of the queue is missing, replaying everything that is still there");
  }
  if (hasSegments) return undefined;
  // A cursor stands before the first item does, so that a missing one is known to be a loss.
  await writeCursor(files, directory, fresh);
  return fresh;
}

function newCounters(): Counters {
  return {
    damagedItems: 0,
    damagedRecords: 0,
    damagedRanges: 0,
    damagedBytes: 0,
    tornBytes: 0,
    syncs: 0,
    dropped: Array.from({ length: PRIORITY_CLASSES }, () => ({ items: 0, records: 0, bytes: 0 })),
  };
}

function toEvents(counters: Counters, cursorLost: boolean, log: Logger): LaneEvents {
  return {
    onDamage: ({ path }, { offset, bytes }) => {
      counters.damagedRanges++;
      counters.damagedBytes += bytes;
      log.error({ file: path, offset, bytes }, "queue found damage");
    },
    onLost: (segment, items) => {
      // Without a cursor, a gap between two files may be one that was done.
      if (segment === undefined && cursorLost) return;
      counters.damagedItems += items;
      log.error({ file: segment?.path, items }, "queue lost items to damage");
    },
    onLostRecords: (records) => void (counters.damagedRecords += records),
  };
}
