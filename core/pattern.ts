import { RE2JS } from "re2js";
import { errorMessage } from "./errors.ts";

/** Longest regular expression that is taken, in characters. */
const MAX_SOURCE = 4096;
/** Largest compiled program, in RE2 instructions: the time per character is at most proportional to it. */
const MAX_PROGRAM = 5000;

/** One match in a text: offsets in UTF-16 units, and what each group took (undefined: it took no part). */
export interface PatternMatch {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/**
 * A regular expression of RE2 syntax over text that strangers write: time per search is linear in the text, and the
 * size of the expression is bounded.
 */
export class Pattern {
  readonly source: string;
  /** Names of the groups that have one, by their number. */
  readonly groupNames: ReadonlyMap<number, string>;
  readonly groupCount: number;
  readonly #compiled: RE2JS;

  constructor(source: string, compiled: RE2JS) {
    this.source = source;
    this.#compiled = compiled;
    this.groupCount = compiled.groupCount();
    this.groupNames = new Map(Object.entries(compiled.namedGroups()).map(([name, group]) => [group, name]));
  }

  /** Whether it is found anywhere in the text. */
  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  /** The first match, or undefined. */
  first(text: string): PatternMatch | undefined {
    for (const match of this.matches(text)) return match;
    return undefined;
  }

  /** All matches that do not overlap, from the left; none that is empty right behind another, as in Go. */
  *matches(text: string): Generator<PatternMatch> {
    const matcher = this.#compiled.matcher(text);
    let end = -1;
    while (matcher.find()) {
      if (matcher.start() === matcher.end() && matcher.start() === end) continue;
      end = matcher.end();
      const groups: (string | undefined)[] = [];
      for (let group = 0; group <= this.groupCount; group++) groups.push(matcher.group(group) ?? undefined);
      yield { start: matcher.start(), end: matcher.end(), groups };
    }
  }
}

/** Compiles a regular expression; a text says why it cannot be used. */
export function compilePattern(source: string): Pattern | string {
  if (source.length > MAX_SOURCE) return `the regular expression is longer than ${MAX_SOURCE} characters`;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    const reason = errorMessage(error).replace(/^error parsing regexp: /, "");
    return `not a regular expression of the RE2 syntax: ${reason}`;
  }
  const size = compiled.programSize();
  if (size > MAX_PROGRAM) return `the regular expression is too large: ${size} instructions, at most ${MAX_PROGRAM}`;
  return new Pattern(source, compiled);
}
