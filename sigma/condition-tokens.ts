/** A word, a parenthesis or a bar of a condition. */
export interface ConditionToken {
  readonly text: string;
  /** Offset in the condition. */
  readonly at: number;
}

const SINGLE = "()|";

/** Splits a condition. Whatever is not white space, a parenthesis or a bar belongs to a word. */
export function tokenizeCondition(text: string): ConditionToken[] {
  const tokens: ConditionToken[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    if (character.trim() === "") {
      at++;
    } else if (SINGLE.includes(character)) {
      tokens.push({ text: character, at });
      at++;
    } else {
      const start = at;
      while (at < text.length && (text[at] as string).trim() !== "" && !SINGLE.includes(text[at] as string)) at++;
      tokens.push({ text: text.slice(start, at), at: start });
    }
  }
  return tokens;
}
