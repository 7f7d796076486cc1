import type { Mistakes } from "./mistake.ts";
import { unquote } from "./unquote.ts";

type TokenKind = "word" | "string" | "int" | "double" | "bytes" | "sign" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As it stands in the text; of a string, what it means. */
  readonly text: string;
  /** First UTF-16 unit, and the one after the last. */
  readonly start: number;
  readonly end: number;
}

const SIGNS = ["==", "!=", ">=", "<=", ">", "<", "=", "+", "-", "*", "/", "(", ")", "{", "}", "[", "]", ",", ".", ":"];

/** Splits a statement into tokens, the last of kind `end`; undefined after a mistake. */
export function tokenize(text: string, mistakes: Mistakes): Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      at++;
      continue;
    }
    const token = code === QUOTE ? readString(text, at, mistakes) : readOther(text, at, mistakes);
    if (token === undefined) return undefined;
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: "end", text: "", start: text.length, end: text.length });
  return tokens;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function readString(text: string, start: number, mistakes: Mistakes): Token | undefined {
  let end = start + 1;
  while (end < text.length && text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
  if (end >= text.length) {
    mistakes.add(start, 'this string has no closing "');
    return undefined;
  }
  const meant = unquote(text.slice(start + 1, end));
  if (typeof meant !== "string") {
    mistakes.add(start + 1 + meant.offset, meant.reason);
    return undefined;
  }
  return { kind: "string", text: meant, start, end: end + 1 };
}

function readOther(text: string, start: number, mistakes: Mistakes): Token | undefined {
  const code = text.charCodeAt(start);
  if (isDigit(code) || (code === 0x2e && isDigit(text.charCodeAt(start + 1)))) return readNumber(text, start, mistakes);
  if (isLetter(code)) {
    const end = skip(text, start, (unit) => isLetter(unit) || isDigit(unit) || unit === UNDERSCORE);
    return { kind: "word", text: text.slice(start, end), start, end };
  }
  const sign = SIGNS.find((known) => text.startsWith(known, start));
  if (sign !== undefined) return { kind: "sign", text: sign, start, end: start + sign.length };
  const char = String.fromCodePoint(text.codePointAt(start) as number);
  const hint = HINTS[char];
  mistakes.add(start, `unexpected character ${JSON.stringify(char)}${hint === undefined ? "" : `; ${hint}`}`);
  return undefined;
}

const UNDERSCORE = 0x5f;
const HINTS: Readonly<Record<string, string>> = {
  "'": 'strings stand between "',
  "`": 'strings stand between "',
  "&": "write and",
  "|": "write or",
  "!": "write not, or != to compare",
};

function readNumber(text: string, start: number, mistakes: Mistakes): Token | undefined {
  let kind: TokenKind = "int";
  let end = skip(text, start, isDigit);
  if (text.slice(start, end) === "0" && text[end] === "x") {
    kind = "bytes";
    end = skip(text, end + 1, isHexDigit);
    if (end === start + 2 || (end - start) % 2 === 1) {
      mistakes.add(start, "bytes are 0x and an even number of hexadecimal digits");
      return undefined;
    }
  } else if (text[end] === "." && isDigit(text.charCodeAt(end + 1))) {
    kind = "double";
    end = skip(text, end + 1, isDigit);
    const exponent = /^[eE][-+]?\d{1,4}/.exec(text.slice(end, end + 7));
    if (exponent !== null) end += exponent[0].length;
  }
  const next = text.charCodeAt(end);
  if (isLetter(next) || isDigit(next) || next === UNDERSCORE) {
    mistakes.add(end, "a number ends here and something else follows at once");
    return undefined;
  }
  return { kind, text: text.slice(start, end), start, end };
}

function skip(text: string, from: number, accepts: (unit: number) => boolean): number {
  let at = from;
  while (at < text.length && accepts(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isHexDigit(unit: number): boolean {
  return isDigit(unit) || (unit >= 0x41 && unit <= 0x46) || (unit >= 0x61 && unit <= 0x66);
}

function isLetter(unit: number): boolean {
  return (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
}
