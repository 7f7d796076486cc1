export interface Token {
  readonly kind: "name" | "number" | "string" | "symbol" | "end";
  readonly text: string;
  /** Offset in the expression. */
  readonly at: number;
}

/** A mistake in an expression. */
export interface ExpressionProblem {
  readonly at: number;
  readonly message: string;
  readonly suggestion?: string | undefined;
}

const SYMBOLS = ["==", "!=", ">=", "<=", ">", "<", "(", ")", "[", "]", ",", "."];

/** Splits an expression; a problem when it holds something that is no part of the language. */
export function tokenize(text: string): Token[] | ExpressionProblem {
  const tokens: Token[] = [];
  let at = 0;
  const takeWhile = (from: number, test: (char: string) => boolean): string => {
    let end = from;
    while (end < text.length && test(text[end] as string)) end++;
    return text.slice(from, end);
  };
  while (at < text.length) {
    const char = text[at] as string;
    if (char === " " || char === "\n" || char === "\t") {
      at++;
      continue;
    }
    const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at));
    if (symbol !== undefined) {
      tokens.push({ kind: "symbol", text: symbol, at });
      at += symbol.length;
    } else if (char === '"' || char === "'") {
      const end = text.indexOf(char, at + 1);
      if (end < 0) return { at, message: "this text has no closing quote" };
      tokens.push({ kind: "string", text: text.slice(at + 1, end), at });
      at = end + 1;
    } else if (isDigit(char)) {
      const digits = takeWhile(at, (c) => isDigit(c) || c === ".");
      tokens.push({ kind: "number", text: digits, at });
      at += digits.length;
    } else if (isLetter(char)) {
      const name = takeWhile(at, (c) => isLetter(c) || isDigit(c));
      tokens.push({ kind: "name", text: name, at });
      at += name.length;
    } else return { at, message: `${JSON.stringify(char)} has no meaning here` };
  }
  tokens.push({ kind: "end", text: "the end", at: text.length });
  return tokens;
}

function isDigit(char: string): boolean {
  return char >= "0" && char <= "9";
}

function isLetter(char: string): boolean {
  return (char >= "a" && char <= "z") || (char >= "A" && char <= "Z") || char === "_";
}
