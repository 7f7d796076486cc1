import type { OpenFile } from "./file-layer.ts";
import { SEGMENT_HEADER_BYTES, type SegmentName } from "./format.ts";
import type { PositionSet } from "./position-set.ts";
import type { Amount } from "./segment.ts";
import { type FoundDamage, SegmentScan } from "./segment-scan.ts";

export interface ScanResult {
  /** Where the items end. */
  readonly sizeBytes: number;
  /** Bytes behind that which nobody was told are safe. */
  readonly tornBytes: number;
  /** Position after the last item. */
  readonly end: number;
  readonly items: number;
  /** Positions before `end` that no item has and that are not done. */
  readonly gaps: number;
  readonly records: number;
  readonly open: Amount;
  /** Above the sequence numbers of all items. */
  readonly sequence: number;
  readonly damage: readonly FoundDamage[];
}

/** Keeps a file full of damage from filling the memory; what comes later is added to the last. */
const MAX_DAMAGE = 1000;

/** Reads a whole segment. `below`: the first position of the next segment, missing when it is the last. */
export async function scanSegment(
  file: OpenFile,
  segment: SegmentName,
  fileBytes: number,
  below: number | undefined,
  done: PositionSet,
): Promise<ScanResult> {
  const scan = new SegmentScan(file, segment, SEGMENT_HEADER_BYTES, { lookThrough: true });
  const damage: FoundDamage[] = [];
  const open = { items: 0, records: 0, bytes: 0 };
  let end = segment.first;
  let items = 0;
  let gaps = 0;
  let records = 0;
  let sequence = 0;
  for (let found = await scan.next(fileBytes, below); found !== undefined; found = await scan.next(fileBytes, below)) {
    if ("damage" in found) {
      note(damage, found.damage);
      continue;
    }
    const { item } = found;
    gaps += done.countOpen(end, item.position);
    items++;
    end = item.position + 1;
    records += item.records;
    sequence = Math.max(sequence, item.sequence + 1);
    if (done.has(item.position)) continue;
    open.items++;
    open.records += item.records;
    open.bytes += item.bytes;
  }
  let sizeBytes = scan.offset;
  const tail = damage.at(-1);
  if (tail !== undefined && tail.offset + tail.bytes === fileBytes) {
    // With the next segment's first position reached, nothing that was acknowledged can be missing here.
    const residue = below === undefined ? tail.cutShort || (await isBlank(file, tail)) : end >= below;
    if (residue) {
      damage.pop();
      sizeBytes = tail.offset;
    }
  }
  return { sizeBytes, tornBytes: fileBytes - sizeBytes, end, items, gaps, records, open, sequence, damage };
}

function note(damage: FoundDamage[], found: FoundDamage): void {
  const last = damage.at(-1);
  if (last === undefined || damage.length < MAX_DAMAGE) damage.push(found);
  else damage[damage.length - 1] = { ...last, bytes: found.offset + found.bytes - last.offset };
}

/** A power cut can leave the size of a write without its bytes: zeros. */
async function isBlank(file: OpenFile, { offset, bytes }: FoundDamage): Promise<boolean> {
  const block = Buffer.alloc(Math.min(bytes, 64 * 1024));
  for (let at = 0; at < bytes; at += block.length) {
    const read = await file.read(block.subarray(0, Math.min(block.length, bytes - at)), offset + at);
    if (read === 0) return true;
    if (block.subarray(0, read).some((byte) => byte !== 0)) return false;
  }
  return true;
}
