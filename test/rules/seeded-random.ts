import { createRandom } from "#test/oracle/random.ts";

/** Random choices that are the same in every run. */
export interface SeededRandom {
  /** 0 to `limit` - 1. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  /** `length` characters of `alphabet`. */
  text(alphabet: string, length: number): string;
}

export function seededRandom(seed: number): SeededRandom {
  const next = createRandom(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
    text: (alphabet, length) => {
      const characters = Array.from(alphabet);
      return Array.from({ length }, () => characters[below(characters.length)]).join("");
    },
  };
}
