import { foldCase } from "./case-folding.ts";
import { ANY_ONE, ANY_RUN, type PatternPart, type WildcardPattern } from "./wildcard-pattern.ts";

/** Whether a whole text matches. */
export type TextTest = (text: string) => boolean;

/** Compiles a pattern; without `cased`, case is ignored as `foldCase` defines it. */
export function compilePattern(pattern: WildcardPattern, cased: boolean): TextTest {
  if (cased) return compileExact(pattern);
  const test = compileExact(pattern.map((part) => (typeof part === "string" ? foldCase(part) : part)));
  return (text) => test(foldCase(text));
}

function compileExact(pattern: WildcardPattern): TextTest {
  return compileSimple(pattern) ?? ((text) => matchesPattern(pattern, text));
}

/** The shapes that nearly all rules have: equal, prefix, suffix, substring, anything. */
function compileSimple(pattern: WildcardPattern): TextTest | undefined {
  const [first, second, third] = pattern;
  if (first === undefined) return (text) => text === "";
  if (pattern.length === 1 && typeof first === "string") return (text) => text === first;
  if (pattern.length === 1 && first === ANY_RUN) return () => true;
  if (pattern.length === 2 && typeof first === "string" && second === ANY_RUN) return (text) => text.startsWith(first);
  if (pattern.length === 2 && first === ANY_RUN && typeof second === "string") return (text) => text.endsWith(second);
  if (pattern.length === 3 && first === ANY_RUN && typeof second === "string" && third === ANY_RUN) {
    return (text) => text.includes(second);
  }
  return undefined;
}

/**
 * Greedy matching with one way back: when the rest after the last `*` fails, that star takes one character more.
 * Earlier stars never need to, so the time is at most the length of the text times the length of the pattern.
 */
function matchesPattern(pattern: readonly PatternPart[], text: string): boolean {
  let part = 0;
  let at = 0;
  let starPart = -1;
  let starAt = 0;
  for (;;) {
    const current = pattern[part];
    if (current === ANY_RUN) {
      starPart = part++;
      starAt = at;
      continue;
    }
    if (current === undefined && at === text.length) return true;
    const length = current === undefined ? -1 : matchedLength(current, text, at);
    if (length >= 0) {
      part++;
      at += length;
      continue;
    }
    if (starPart < 0 || starAt >= text.length) return false;
    starAt += characterLength(text, starAt);
    at = starAt;
    part = starPart + 1;
  }
}

/** Length of what `part` matches at `at`, or -1. */
function matchedLength(part: PatternPart, text: string, at: number): number {
  if (part === ANY_ONE) return at < text.length ? characterLength(text, at) : -1;
  return typeof part === "string" && text.startsWith(part, at) ? part.length : -1;
}

/** 2 for a surrogate pair, else 1: `?` is one character as people count. */
function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
