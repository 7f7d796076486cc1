/**
 * Texts that stand in every match of a regular expression, in their order. Understands only what stands outside of
 * groups, classes and alternatives; finding nothing is always right, it only makes a rule slower.
 */
export function requiredLiterals(pattern: string): string[] {
  const literals: string[] = [];
  let run = "";
  const endRun = (): void => {
    if (run !== "") literals.push(run);
    run = "";
  };
  for (let at = 0; at < pattern.length;) {
    const atom = readAtom(pattern, at);
    if (atom === undefined) return [];
    const quantifier = readQuantifier(pattern, atom.end);
    if (atom.literal === undefined || quantifier.optional) endRun();
    else {
      run += atom.literal;
      if (quantifier.end > atom.end) endRun();
    }
    at = quantifier.end;
  }
  endRun();
  return literals;
}

interface Atom {
  readonly end: number;
  /** The character that it stands for; undefined for anything else. */
  readonly literal: string | undefined;
}

/** The atom at `at`, or undefined when nothing can be said about the whole pattern. */
function readAtom(pattern: string, at: number): Atom | undefined {
  const character = pattern[at] as string;
  if (character === "|") return undefined;
  if (character === "(") return readGroup(pattern, at);
  if (character === "[") return readClass(pattern, at);
  if (character === "\\") return readEscape(pattern, at);
  return { end: at + 1, literal: ".^$)".includes(character) ? undefined : character };
}

function readEscape(pattern: string, at: number): Atom | undefined {
  const escaped = pattern[at + 1];
  if (escaped === undefined) return undefined;
  if ("dDwWsSbBAzntrfva".includes(escaped)) return { end: at + 2, literal: undefined };
  // \x41, \pL, \Q...\E and back-references: longer than two characters, and rare.
  if (isWordCharacter(escaped)) return undefined;
  return { end: at + 2, literal: escaped };
}

/** Alternatives inside a group may differ, so a group has no literal; an inline flag group does not matter here. */
function readGroup(pattern: string, at: number): Atom | undefined {
  let depth = 0;
  for (let i = at; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === "\\") {
      if (pattern[i + 1] === "Q") return undefined;
      i++;
    } else if (character === "[") {
      const end = readClass(pattern, i)?.end;
      if (end === undefined) return undefined;
      i = end - 1;
    } else if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return { end: i + 1, literal: undefined };
  }
  return undefined;
}

function readClass(pattern: string, at: number): Atom | undefined {
  let i = at + 1;
  if (pattern[i] === "^") i++;
  // A bracket that comes first is a member and not the end; so is the one of [:alpha:].
  if (pattern[i] === "]") i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === "\\") i++;
    else if (pattern[i] === "[" && pattern[i + 1] === ":") i = pattern.indexOf(":]", i + 2) + 1 || pattern.length;
    else if (pattern[i] === "]") return { end: i + 1, literal: undefined };
  }
  return undefined;
}

function readQuantifier(pattern: string, at: number): { readonly end: number; readonly optional: boolean } {
  const character = pattern[at];
  let end = at;
  let optional = false;
  if (character === "*" || character === "?" || character === "+") {
    end = at + 1;
    optional = character !== "+";
  } else if (character === "{" && pattern.includes("}", at)) {
    // Also when it turns out to be a plain brace: then the run only ends earlier than it had to.
    end = pattern.indexOf("}", at) + 1;
    optional = true;
  } else return { end: at, optional: false };
  return { end: pattern[end] === "?" ? end + 1 : end, optional };
}

function isWordCharacter(character: string): boolean {
  return (
    character === "_" || character.toLowerCase() !== character.toUpperCase() || (character >= "0" && character <= "9")
  );
}
