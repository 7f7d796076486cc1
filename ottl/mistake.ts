/** One thing that is wrong with the text of a statement or condition. */
export interface Mistake {
  /** What is wrong and what was expected. */
  readonly message: string;
  /** Where, in UTF-16 units from the start of the text; at most its length. */
  readonly offset: number;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** The nearest valid name, when one is worth offering. */
  readonly suggestion: string | undefined;
}

/** Collects what is wrong with one text. */
export class Mistakes {
  readonly found: Mistake[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  add(offset: number, message: string, suggestion?: string): void {
    const before = this.#text.slice(0, offset);
    const lineStart = before.lastIndexOf("\n") + 1;
    const line = before.split("\n").length;
    this.found.push({ message, offset, line, column: offset - lineStart + 1, suggestion });
  }
}

/** `line 1, column 12: unknown path "bodi"`: for people who have the text before them. */
export function mistakeText({ line, column, message }: Mistake): string {
  return `line ${line}, column ${column}: ${message}`;
}
