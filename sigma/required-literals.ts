import type { Requirement } from "./field-test.ts";

/**
 * What stands in every match of a regular expression that RE2 has accepted, in its order: the texts outside of classes
 * and of what may be left out, and of alternatives one of each. Finding nothing is always right, it only makes a rule
 * slower.
 */
export function requiredLiterals(pattern: string): readonly Requirement[] {
  const read = readAlternatives(pattern, 0);
  // An end before the end is a bracket that closes nothing.
  return read?.end === pattern.length ? joinTexts(read.pieces) : [];
}

/** Something of any text, or of none. */
const GAP = undefined;
/** Pieces stand side by side: texts in a row are one text. */
type Piece = Requirement | typeof GAP;

/** A part of the pattern, up to `end`. Readers return undefined when nothing can be said about the whole pattern. */
interface Part {
  readonly end: number;
  readonly pieces: readonly Piece[];
}

/** Alternatives, up to the bracket that closes them or the end of the pattern. */
function readAlternatives(pattern: string, start: number): Part | undefined {
  const branches: Piece[][] = [[]];
  let at = start;
  while (at < pattern.length && pattern[at] !== ")") {
    if (pattern[at] === "|") {
      branches.push([]);
      at++;
      continue;
    }
    const atom = readAtom(pattern, at);
    if (atom === undefined) return undefined;
    const quantifier = readQuantifier(pattern, atom.end);
    const branch = branches.at(-1);
    if (!quantifier.optional) for (const piece of atom.pieces) branch?.push(piece);
    if (quantifier.end > atom.end) branch?.push(GAP);
    at = quantifier.end;
  }
  const [only] = branches;
  return { end: at, pieces: branches.length === 1 && only !== undefined ? only : [oneOf(branches)] };
}

/** A branch that requires nothing leaves the others without a meaning. */
function oneOf(branches: readonly (readonly Piece[])[]): Piece {
  const any = branches.map(joinTexts);
  return any.some((all) => all.length === 0)
    ? GAP
    : { any: any.map((all) => (all.length === 1 && all[0] !== undefined ? all[0] : { all })) };
}

function joinTexts(pieces: readonly Piece[]): Requirement[] {
  const joined: Requirement[] = [];
  let run = "";
  for (const piece of [...pieces, GAP]) {
    if (typeof piece === "string") {
      run += piece;
      continue;
    }
    if (run !== "") joined.push(run);
    run = "";
    if (piece !== GAP) joined.push(piece);
  }
  return joined;
}

function readAtom(pattern: string, at: number): Part | undefined {
  const character = String.fromCodePoint(pattern.codePointAt(at) as number);
  if (character === "(") return readGroup(pattern, at);
  if (character === "[") return readClass(pattern, at);
  if (character === "\\") return readEscape(pattern, at);
  // A brace that opens no quantifier is a brace; nobody looks for it.
  return { end: at + character.length, pieces: [".^${".includes(character) ? GAP : character] };
}

function readEscape(pattern: string, at: number): Part | undefined {
  const escaped = pattern[at + 1];
  if (escaped === undefined) return undefined;
  if ("dDwWsSbBAzntrfva".includes(escaped)) return { end: at + 2, pieces: [GAP] };
  // \x41, \pL, \Q...\E and back-references: longer than two characters, and rare.
  if (isWordCharacter(escaped)) return undefined;
  return { end: at + 2, pieces: [escaped] };
}

function readGroup(pattern: string, at: number): Part | undefined {
  const start = readGroupHead(pattern, at + 1);
  if (start === undefined) return undefined;
  if (pattern[start] === ")" && pattern[at + 1] === "?") return { end: start + 1, pieces: [] };
  const inside = readAlternatives(pattern, start);
  if (inside === undefined || pattern[inside.end] !== ")") return undefined;
  return { end: inside.end + 1, pieces: inside.pieces };
}

/** Where the inside of a group begins: behind its name or its flags, of which none matters here. */
function readGroupHead(pattern: string, at: number): number | undefined {
  if (pattern[at] !== "?") return at;
  const name = pattern[at + 1] === "P" ? at + 2 : at + 1;
  if (pattern[name] === "<") {
    // What looks behind need not be in the match, and may have to be absent.
    if (pattern[name + 1] === "=" || pattern[name + 1] === "!") return undefined;
    return pattern.indexOf(">", name) + 1 || undefined;
  }
  let end = at + 1;
  while (end < pattern.length && "imsU-".includes(pattern[end] as string)) end++;
  if (pattern[end] === ":") return end + 1;
  return pattern[end] === ")" ? end : undefined;
}

function readClass(pattern: string, at: number): Part | undefined {
  let i = at + 1;
  if (pattern[i] === "^") i++;
  // A bracket that comes first is a member and not the end; so is the one of [:alpha:].
  if (pattern[i] === "]") i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === "\\") i++;
    else if (pattern[i] === "[" && pattern[i + 1] === ":") i = pattern.indexOf(":]", i + 2) + 1 || pattern.length;
    else if (pattern[i] === "]") return { end: i + 1, pieces: [GAP] };
  }
  return undefined;
}

function readQuantifier(pattern: string, at: number): { readonly end: number; readonly optional: boolean } {
  const character = pattern[at];
  let end = at;
  if (character === "*" || character === "?" || character === "+") end = at + 1;
  else if (character === "{") end = endOfRepeat(pattern, at);
  if (end === at) return { end, optional: false };
  return { end: pattern[end] === "?" ? end + 1 : end, optional: character !== "+" };
}

/** The end of `{2}`, `{2,}` or `{2,3}` at `at`; `at` itself when the brace opens no such thing. */
function endOfRepeat(pattern: string, at: number): number {
  const low = endOfDigits(pattern, at + 1);
  if (low === at + 1) return at;
  const high = pattern[low] === "," ? endOfDigits(pattern, low + 1) : low;
  return pattern[high] === "}" ? high + 1 : at;
}

function endOfDigits(pattern: string, at: number): number {
  let end = at;
  while (end < pattern.length && isDigit(pattern[end] as string)) end++;
  return end;
}

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9";
}

function isWordCharacter(character: string): boolean {
  return character === "_" || character.toLowerCase() !== character.toUpperCase() || isDigit(character);
}
