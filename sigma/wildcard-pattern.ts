/** `*`: any run of characters, also an empty one. */
export const ANY_RUN = Symbol("*");
/** `?`: exactly one character (code point). */
export const ANY_ONE = Symbol("?");

export type PatternPart = string | typeof ANY_RUN | typeof ANY_ONE;

/** A plain value of a rule, with its escapes resolved. No part is an empty text, no two texts are neighbours. */
export type WildcardPattern = readonly PatternPart[];

/**
 * Reads a plain value. A backslash is an escape only before `*`, `?` or, where one of those follows, another
 * backslash: `\*` is a star, `\\*` a backslash and a wildcard, `\\\*` a backslash and a star. Elsewhere two
 * backslashes make one, and a single one stands for itself, also at the end.
 */
export function parsePattern(text: string): WildcardPattern {
  const parts: PatternPart[] = [];
  let literal = "";
  const push = (part: PatternPart): void => {
    if (literal !== "") parts.push(literal);
    literal = "";
    // `**` means what `*` means.
    if (part !== ANY_RUN || parts.at(-1) !== ANY_RUN) parts.push(part);
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    const following = text[i + 1];
    if (character === "\\" && (following === "*" || following === "?" || following === "\\")) {
      literal += following;
      i++;
    } else if (character === "*") push(ANY_RUN);
    else if (character === "?") push(ANY_ONE);
    else literal += character;
  }
  if (literal !== "") parts.push(literal);
  return parts;
}

/** The pattern that may be preceded by anything. */
export function openStart(pattern: WildcardPattern): WildcardPattern {
  return pattern[0] === ANY_RUN ? pattern : [ANY_RUN, ...pattern];
}

/** The pattern that may be followed by anything. */
export function openEnd(pattern: WildcardPattern): WildcardPattern {
  return pattern.at(-1) === ANY_RUN ? pattern : [...pattern, ANY_RUN];
}

/** The texts that stand in every match. */
export function literalsOf(pattern: WildcardPattern): string[] {
  return pattern.filter((part) => typeof part === "string");
}
