import type { TrackedFile } from "./tracked-file.ts";
import { splitLines } from "./split-lines.ts";

/** Bytes before a range that are searched for the start of its first line. */
const LOOK_BACK = 64 * 1024;

/** Whole lines that touch `[from, to)` of a file that was read already. */
export async function readRange(
  file: TrackedFile,
  from: number,
  to: number,
  maxBytes: number,
): Promise<{ bytes: Buffer; start: Uint32Array; end: Uint32Array }> {
  const back = Math.min(from, LOOK_BACK);
  const before = await file.readAt(from - back, back);
  const lineStart = from - back + before.lastIndexOf(0x0a) + 1;
  const wanted = Math.min(to - lineStart + LOOK_BACK, maxBytes + LOOK_BACK, file.offset - lineStart);
  const bytes = await file.readAt(lineStart, wanted);
  let length = bytes.indexOf(0x0a, Math.max(0, Math.min(to - lineStart, bytes.length) - 1)) + 1;
  if (length === 0) length = bytes.length;
  return { bytes, ...splitLines(bytes, length, undefined, true) };
}
