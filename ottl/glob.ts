import { compilePattern, type Pattern } from "#core/pattern.ts";

/**
 * A pattern of Go's filepath.Match, for whole texts: `*` and `?` stop at `/`, `[a-z]` and `[^a-z]` are classes, `\`
 * takes the next character as it is. A text says why it is none.
 */
export function compileGlob(glob: string): Pattern | string {
  let source = "(?s)\\A";
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] as string;
    if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "\\") {
      const next = glob[++at];
      if (next === undefined) return "the pattern ends with a backslash";
      source += escape(next);
    } else if (char === "[") {
      const end = classEnd(glob, at);
      if (end < 0) return "the pattern has [ without ]";
      source += classSource(glob.slice(at + 1, end));
      at = end;
    } else source += escape(char);
  }
  return compilePattern(`${source}\\z`);
}

/** Where the `]` of a class stands that starts at `at`; -1 when there is none, or nothing in it. */
function classEnd(glob: string, at: number): number {
  let end = glob[at + 1] === "^" ? at + 2 : at + 1;
  const first = end;
  while (end < glob.length && glob[end] !== "]") end += glob[end] === "\\" ? 2 : 1;
  return end < glob.length && end > first ? end : -1;
}

function classSource(inside: string): string {
  const negated = inside.startsWith("^");
  let source = negated ? "[^" : "[";
  for (let at = negated ? 1 : 0; at < inside.length; at++) {
    const char = inside[at] as string;
    if (char === "\\") source += escape(inside[++at] ?? "");
    else source += char === "-" ? char : escape(char);
  }
  return `${source}]`;
}

function escape(char: string): string {
  return "\\^$.|?*+()[]{}-".includes(char) ? `\\${char}` : char;
}
