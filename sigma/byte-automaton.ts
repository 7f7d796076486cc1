import { buildTrie, type Trie } from "./byte-trie.ts";

/** 256 MiB of transitions: far beyond any rule set, and still an array that can be had. */
const MAX_TRANSITIONS = 1 << 26;

/**
 * Finds many literals in bytes in one pass, ASCII letters without regard to case (Aho-Corasick as a complete automaton).
 *
 * A transition is one addition and two loads: bytes that no literal holds share one class, a state is the offset of its
 * row, and the states in which a literal ends are numbered last, so that one comparison tells whether there is
 * something to do. The automaton is built once; `scan` allocates nothing and is not to be called while it runs.
 */
export class ByteAutomaton {
  /** Ids (positions in the list of literals) that the last scan found, each once; as many as `scan` returned. */
  readonly hits: Uint32Array;
  readonly #classes: Uint8Array;
  readonly #next: Int32Array;
  readonly #rowLength: number;
  /** Offset of the first row of a state in which a literal ends. */
  readonly #acceptFrom: number;
  /** By accepting state: the literal that ends there, and the accepting state of the longest proper suffix, or -1. */
  readonly #literal: Int32Array;
  readonly #suffix: Int32Array;
  /** By accepting state: the scan that saw it last. */
  readonly #seen: Uint32Array;
  /** Several literals may be the same bytes; they are found together. */
  readonly #sameAs: Int32Array;
  #scan = 0;

  /** @throws RangeError for an empty literal, and when the literals need more than 2^26 transitions. */
  constructor(literals: readonly Uint8Array[]) {
    const trie = buildTrie(literals);
    if (trie.stateCount * trie.rowLength > MAX_TRANSITIONS) throw new RangeError("too many literals for one automaton");
    const { order, acceptCount } = orderStates(trie);
    this.#classes = trie.classes;
    this.#rowLength = trie.rowLength;
    this.#acceptFrom = (trie.stateCount - acceptCount) * trie.rowLength;
    this.#next = toTransitions(trie, order);
    this.#literal = new Int32Array(acceptCount);
    this.#suffix = new Int32Array(acceptCount);
    const firstAccept = trie.stateCount - acceptCount;
    const acceptIndex = (state: number): number => (state < 0 ? -1 : (order[state] as number) - firstAccept);
    for (let state = 0; state < trie.stateCount; state++) {
      const index = acceptIndex(state);
      if (index < 0) continue;
      this.#literal[index] = trie.literal[state] as number;
      this.#suffix[index] = acceptIndex(trie.suffix[state] as number);
    }
    this.#sameAs = trie.sameAs;
    this.#seen = new Uint32Array(acceptCount);
    this.hits = new Uint32Array(literals.length);
  }

  /** Looks at `bytes[from, to)` and returns how many different literals stand there; their ids are in `hits`. */
  scan(bytes: Uint8Array, from: number, to: number): number {
    if (++this.#scan === 0x1_0000_0000) {
      this.#scan = 1;
      this.#seen.fill(0);
    }
    const classes = this.#classes;
    const next = this.#next;
    const acceptFrom = this.#acceptFrom;
    let state = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      state = next[state + (classes[bytes[i] as number] as number)] as number;
      if (state >= acceptFrom) count = this.#accept(state, count);
    }
    return count;
  }

  #accept(state: number, count: number): number {
    let index = (state - this.#acceptFrom) / this.#rowLength;
    // Whoever has seen a state has seen its suffixes.
    while (index >= 0 && this.#seen[index] !== this.#scan) {
      this.#seen[index] = this.#scan;
      let literal = this.#literal[index] as number;
      // States that only inherit an accepting suffix have no literal of their own.
      while (literal >= 0) {
        this.hits[count++] = literal;
        literal = this.#sameAs[literal] as number;
      }
      index = this.#suffix[index] as number;
    }
    return count;
  }
}

/** New numbers for the states: those in which a literal ends, also as a suffix, come last. The root stays 0. */
function orderStates({ stateCount, literal, suffix }: Trie): { order: Int32Array; acceptCount: number } {
  const order = new Int32Array(stateCount);
  const accepts = (state: number): boolean => (literal[state] as number) >= 0 || (suffix[state] as number) >= 0;
  let acceptCount = 0;
  for (let state = 0; state < stateCount; state++) if (accepts(state)) acceptCount++;
  let plain = 0;
  let accepting = stateCount - acceptCount;
  for (let state = 0; state < stateCount; state++) order[state] = accepts(state) ? accepting++ : plain++;
  return { order, acceptCount };
}

function toTransitions({ stateCount, rowLength, next }: Trie, order: Int32Array): Int32Array {
  const transitions = new Int32Array(stateCount * rowLength);
  for (let state = 0; state < stateCount; state++) {
    const row = (order[state] as number) * rowLength;
    for (let column = 0; column < rowLength; column++) {
      transitions[row + column] = (order[next[state * rowLength + column] as number] as number) * rowLength;
    }
  }
  return transitions;
}
