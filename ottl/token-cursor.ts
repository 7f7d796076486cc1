import { MAX_NESTING } from "./limits.ts";
import type { Token } from "./tokens.ts";

/** Leaves the parser at the first mistake. */
export class SyntaxMistake extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Goes through the tokens of one statement; the last one is the end and is never passed. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  after(count: number): Token | undefined {
    return this.#tokens[this.#next + count];
  }

  skip(count: number): void {
    this.#next += count;
  }

  /** @throws SyntaxMistake when this is nested too deep. */
  nested<T>(read: () => T): T {
    if (++this.#depth > MAX_NESTING) {
      throw new SyntaxMistake(this.peek.start, `nested more than ${MAX_NESTING} levels deep`);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  is(sign: string): boolean {
    return this.peek.kind === "sign" && this.peek.text === sign;
  }

  take(sign: string): boolean {
    if (!this.is(sign)) return false;
    this.#next++;
    return true;
  }

  need(sign: string): void {
    if (!this.take(sign)) throw this.expected(sign);
  }

  isWord(word: string): boolean {
    return this.peek.kind === "word" && this.peek.text === word;
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#next++;
    return true;
  }

  end(expected: string): void {
    if (this.peek.kind !== "end") throw this.expected(expected);
  }

  expected(what: string): SyntaxMistake {
    const { kind, text, start } = this.peek;
    const found = kind === "end" ? "the text ends" : `found ${kind === "string" ? "a string" : `"${text}"`}`;
    return new SyntaxMistake(start, `expected ${what}, but ${found}`);
  }
}
