/** The trie of some literals with its failure links resolved: from each state, each class of bytes leads somewhere. */
export interface Trie {
  /** Class of each byte; 0 for bytes that stand in no literal. */
  readonly classes: Uint8Array;
  /** Number of classes. */
  readonly rowLength: number;
  readonly stateCount: number;
  /** `next[state * rowLength + class]` is a state; the root is 0. */
  readonly next: Int32Array;
  /** By state: the last of the literals that end there, or -1. */
  readonly literal: Int32Array;
  /** By state: the longest proper suffix in which a literal ends, or -1. */
  readonly suffix: Int32Array;
  /** By literal: another one with the same bytes, or -1. */
  readonly sameAs: Int32Array;
}

/** @throws RangeError for an empty literal, which would stand everywhere. */
export function buildTrie(literals: readonly Uint8Array[]): Trie {
  if (literals.some(({ length }) => length === 0)) throw new RangeError("an empty literal cannot be searched");
  const { classes, rowLength } = classifyBytes(literals);
  const maxStates = literals.reduce((sum, { length }) => sum + length, 1);
  const next = new Int32Array(maxStates * rowLength);
  const literal = new Int32Array(maxStates).fill(-1);
  const sameAs = new Int32Array(literals.length).fill(-1);
  let stateCount = 1;
  for (const [id, bytes] of literals.entries()) {
    let state = 0;
    for (const byte of bytes) {
      const slot = state * rowLength + (classes[byte] as number);
      if (next[slot] === 0) next[slot] = stateCount++;
      state = next[slot] as number;
    }
    sameAs[id] = literal[state] as number;
    literal[state] = id;
  }
  const suffix = linkFailures(next, rowLength, stateCount, literal);
  return { classes, rowLength, stateCount, next, literal, suffix, sameAs };
}

/** Gives every byte of a literal a class of its own, and both cases of a letter the same. */
function classifyBytes(literals: readonly Uint8Array[]): { classes: Uint8Array; rowLength: number } {
  const classes = new Uint8Array(256);
  let rowLength = 1;
  for (const bytes of literals) {
    for (const byte of bytes) {
      if (classes[byte] !== 0) continue;
      const otherCase = otherCaseOf(byte);
      classes[byte] = rowLength;
      classes[otherCase] = rowLength;
      rowLength++;
    }
  }
  return { classes, rowLength };
}

function otherCaseOf(byte: number): number {
  if (byte >= 0x41 && byte <= 0x5a) return byte + 0x20;
  return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
}

/** Breadth first: fills the missing transitions in from the failure state, and returns the accepting suffixes. */
function linkFailures(next: Int32Array, rowLength: number, stateCount: number, literal: Int32Array): Int32Array {
  const failure = new Int32Array(stateCount);
  const suffix = new Int32Array(stateCount).fill(-1);
  const queue = new Int32Array(stateCount);
  let queued = 1;
  for (let at = 0; at < queued; at++) {
    const state = queue[at] as number;
    const fallback = failure[state] as number;
    for (let column = 0; column < rowLength; column++) {
      const slot = state * rowLength + column;
      const child = next[slot] as number;
      const inherited = state === 0 ? 0 : (next[fallback * rowLength + column] as number);
      if (child === 0) next[slot] = inherited;
      else {
        failure[child] = inherited;
        suffix[child] = (literal[inherited] as number) >= 0 ? inherited : (suffix[inherited] as number);
        queue[queued++] = child;
      }
    }
  }
  return suffix;
}
