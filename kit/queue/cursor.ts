import { join } from "node:path";
import { crc32 } from "node:zlib";
import { PermanentError } from "#core/errors.ts";
import { type FileLayer, readSmallFile } from "./file-layer.ts";
import { PRIORITY_CLASSES } from "./format.ts";
import type { Range } from "./position-set.ts";

/** What is done, as of the last checkpoint. */
export interface Cursor {
  /** Sequence numbers from here on were free. */
  readonly sequence: number;
  /** One for each priority class that was ever used. */
  readonly lanes: readonly LaneCursor[];
}

export interface LaneCursor {
  readonly priority: number;
  /** Positions from here on were free. */
  readonly next: number;
  /** All positions below are done. */
  readonly low: number;
  /** Done ranges above `low`. */
  readonly done: readonly Range[];
}

export const CURSOR_NAME = "cursor";
export const CURSOR_DRAFT_NAME = "cursor.tmp";
const VERSION = 1;
const MAX_CURSOR_BYTES = 16 * 1024 * 1024;
/** Line feed, eight digits, line feed: stands at the end in every version. */
const TRAILER_BYTES = 10;

/** Replaces the cursor file. It survives a crash once this resolves; before, the old one or the new one is found. */
export async function writeCursor(files: FileLayer, directory: string, cursor: Cursor): Promise<void> {
  const draft = join(directory, CURSOR_DRAFT_NAME);
  await files.remove(draft);
  const file = await files.open(draft, "create");
  try {
    await file.write([encodeCursor(cursor)], 0);
    await files.reached("cursor.written");
    await file.sync();
  } finally {
    await file.close();
  }
  await files.reached("cursor.synced");
  await files.rename(draft, join(directory, CURSOR_NAME));
  await files.reached("cursor.renamed");
  await files.syncDirectory(directory);
  await files.reached("cursor.durable");
}

/** The cursor, `missing` or `damaged`. @throws PermanentError (`queue_version`) for one that a newer program wrote. */
export async function readCursor(files: FileLayer, directory: string): Promise<Cursor | "missing" | "damaged"> {
  if (!(await files.list(directory)).includes(CURSOR_NAME)) return "missing";
  const path = join(directory, CURSOR_NAME);
  const bytes = await readSmallFile(files, path, MAX_CURSOR_BYTES);
  const parsed = bytes === undefined ? undefined : parseCursor(bytes);
  if (typeof parsed === "number") throw unknownVersion(path, parsed);
  return parsed ?? "damaged";
}

export function unknownVersion(path: string, version: number): PermanentError {
  return new PermanentError(`${path} has format version ${version}, which this program does not know`, {
    code: "queue_version",
  });
}

export function encodeCursor({ sequence, lanes }: Cursor): Buffer {
  const text = JSON.stringify({
    format: "tidewatch.queue.cursor",
    version: VERSION,
    sequence,
    lanes: lanes.map(({ priority, next, low, done }) => ({
      priority,
      next,
      low,
      done: done.map(({ from, to }) => [from, to]),
    })),
  });
  return Buffer.from(`${text}\n${crc32(text).toString(16).padStart(8, "0")}\n`);
}

/** A cursor, the number of a version that this program does not know, or undefined for damage. */
export function parseCursor(bytes: Buffer): Cursor | number | undefined {
  const text = bytes.subarray(0, Math.max(0, bytes.length - TRAILER_BYTES));
  const trailer = bytes.toString("latin1", text.length);
  if (trailer !== `\n${crc32(text).toString(16).padStart(8, "0")}\n`) return undefined;
  try {
    const value = JSON.parse(text.toString("utf8")) as Record<string, unknown>;
    if (Number.isSafeInteger(value["version"]) && value["version"] !== VERSION) return value["version"] as number;
    const lanes = (value["lanes"] as Record<string, unknown>[]).map(toLaneCursor);
    const priorities = new Set(lanes.map(({ priority }) => priority));
    if (priorities.size !== lanes.length) return undefined;
    return { sequence: count(value["sequence"]), lanes };
  } catch {
    // The check sum fits and the content does not: nothing that this program wrote.
    return undefined;
  }
}

function toLaneCursor(value: Record<string, unknown>): LaneCursor {
  const priority = count(value["priority"]);
  const low = count(value["low"]);
  const next = count(value["next"]);
  let above = low;
  const done = (value["done"] as unknown[][]).map(([from, to]) => {
    const range = { from: count(from), to: count(to) };
    if (range.from <= above || range.to <= range.from) throw new RangeError("ranges must be in order");
    above = range.to;
    return range;
  });
  if (priority >= PRIORITY_CLASSES || next < above) throw new RangeError("out of range");
  return { priority, next, low, done };
}

function count(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw new RangeError("not a count");
  return value;
}
