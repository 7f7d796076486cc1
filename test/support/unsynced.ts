/** A change of a file's content that was made and not synced yet. */
export type Change = { readonly at: number; readonly bytes: Buffer } | { readonly truncateTo: number };

/** The content after one change. */
export function applyChange(content: Buffer, change: Change): Buffer {
  if ("truncateTo" in change) {
    const cut = Buffer.alloc(change.truncateTo);
    content.copy(cut);
    return cut;
  }
  if (change.bytes.length === 0) return content;
  const grown = Buffer.alloc(Math.max(content.length, change.at + change.bytes.length));
  content.copy(grown);
  change.bytes.copy(grown, change.at);
  return grown;
}

/**
 * What a power cut leaves of a file: all that was synced, and by chance some of the changes since, in order, the last of
 * them cut short. With `holes` the disk wrote in any order, and bytes are missing in the middle too.
 */
export function afterPowerCut(
  durable: Buffer,
  pending: readonly Change[],
  random: () => number,
  holes = false,
): Buffer {
  const chance = (most: number): number => Math.floor(random() * (most + 1));
  const kept = pending.slice(0, chance(pending.length));
  if (holes) {
    for (const [k, change] of kept.entries()) {
      if (!("bytes" in change)) continue;
      const bytes = Buffer.from(change.bytes);
      const from = chance(bytes.length);
      kept[k] = { at: change.at, bytes: bytes.fill(0, from, from + chance(bytes.length - from)) };
    }
    return kept.reduce(applyChange, durable);
  }
  const torn = pending[kept.length];
  if (torn !== undefined && "bytes" in torn) {
    kept.push({ at: torn.at, bytes: torn.bytes.subarray(0, chance(torn.bytes.length)) });
  }
  return kept.reduce(applyChange, durable);
}
