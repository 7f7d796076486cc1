const QUOTE: i32 = 0x22;
const EQUALS: i32 = 0x3d;
const OPEN: i32 = 0x5b;
const BACKSLASH: i32 = 0x5c;

/** A key as it is spelled, `[key=` or `["key"=`: 48 bytes of text, then its length, its id and its hash. */
const ENTRY_BYTES: usize = 64;
const MAX_SPELLING: usize = 48;
export const ENTRY_LENGTH: usize = 48;
export const ENTRY_ID: usize = 52;
const ENTRY_HASH: usize = 56;

const GUESSES: i32 = 64;
const MAX_ENTRIES: i32 = 4096;
const SLOT_MASK: i32 = 8191;

const ENTRIES = memory.data(<i32>ENTRY_BYTES * MAX_ENTRIES, 16);
const SLOTS = memory.data(8192 * 2, 16);
/** Per position in a line the entry that the last line had there. */
const GUESS = memory.data(GUESSES * 4, 16);
/** Sixteen times 0xff, then zeros: read at 16 - n it is a mask of n bytes. */
const MASKS = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0,
]);

let entries: i32 = 0;

/** The key that is spelled at [from, to), `[` and `=` included, has this id. */
export function addSpelling(from: usize, to: usize, id: i32): void {
  const length = to - from;
  if (length > MAX_SPELLING || entries == MAX_ENTRIES || id >= 4096) return;
  const hash = hashOf(from, length);
  if (find(from, length, hash) != 0) return;
  const entry = ENTRIES + ENTRY_BYTES * <usize>entries;
  entries++;
  memory.copy(entry, from, length);
  store<i32>(entry + ENTRY_LENGTH, <i32>length);
  store<i32>(entry + ENTRY_ID, id);
  store<u32>(entry + ENTRY_HASH, hash);
  let at = <i32>hash & SLOT_MASK;
  while (load<u16>(SLOTS + (<usize>at << 1)) != 0) at = (at + 1) & SLOT_MASK;
  store<u16>(SLOTS + (<usize>at << 1), <u16>entries);
}

/** The key in the bracket at `at`: mostly the one that the line before had at this position. */
export function keyAt(at: usize, end: usize, position: i32): usize {
  const guessAt = GUESS + (<usize>(position & (GUESSES - 1)) << 2);
  const guess = <usize>load<u32>(guessAt);
  if (guess != 0 && isSpelled(at, guess)) return guess;
  const length = spellingLength(at, end);
  if (length == 0) return 0;
  const entry = find(at, length, hashOf(at, length));
  if (entry != 0) store<u32>(guessAt, <u32>entry);
  return entry;
}

@inline
function isSpelled(at: usize, entry: usize): bool {
  const length = <usize>load<i32>(entry + ENTRY_LENGTH);
  if (length <= 16) {
    const mask = v128.load(MASKS + 16 - length);
    return !v128.any_true(v128.and(v128.xor(v128.load(at), v128.load(entry)), mask));
  }
  return memory.compare(at, entry, length) == 0;
}

/** Bytes of `[key=` or `["key"=` at `at`, or 0 when it is too long or none. */
function spellingLength(at: usize, end: usize): usize {
  const limit = min(end, at + MAX_SPELLING);
  if (load<u8>(at) != OPEN) return 0;
  let i = at + 1;
  if (load<u8>(i) == QUOTE) {
    for (i++; i < limit && load<u8>(i) != QUOTE; i++) if (load<u8>(i) == BACKSLASH) return 0;
    i++;
    return i < limit && load<u8>(i) == EQUALS ? i + 1 - at : 0;
  }
  while (i < limit && load<u8>(i) != EQUALS) i++;
  return i < limit ? i + 1 - at : 0;
}

/** FNV-1a, folded. */
function hashOf(at: usize, length: usize): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let k: usize = 0; k < length; k++) hash = (hash ^ <u32>load<u8>(at + k)) * 0x01000193;
  return hash ^ (hash >>> 15);
}

function find(at: usize, length: usize, hash: u32): usize {
  let probe = <i32>hash & SLOT_MASK;
  let number = <usize>load<u16>(SLOTS + (<usize>probe << 1));
  while (number != 0) {
    const entry = ENTRIES + ENTRY_BYTES * (number - 1);
    if (load<u32>(entry + ENTRY_HASH) == hash && <usize>load<i32>(entry + ENTRY_LENGTH) == length) {
      if (memory.compare(entry, at, length) == 0) return entry;
    }
    probe = (probe + 1) & SLOT_MASK;
    number = <usize>load<u16>(SLOTS + (<usize>probe << 1));
  }
  return 0;
}
