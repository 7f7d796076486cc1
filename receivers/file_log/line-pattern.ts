import { RE2JS } from "re2js";
import { errorMessage } from "#core/errors.ts";
import type { StartsRecord } from "./split-lines.ts";

/**
 * Compiles `multiline.line_start_pattern`. Patterns that are `^` and literals (`^# Time: `, `^(\[|\{|# Time: )`)
 * compare bytes; all others run in a linear-time engine, because lines are written by strangers.
 * Returns a text that says what is wrong when it is no pattern.
 */
export function compileLinePattern(pattern: string): StartsRecord | string {
  const literals = literalPrefixes(pattern);
  if (literals !== undefined) {
    const prefixes = literals.map((literal) => Buffer.from(literal));
    return (bytes, from, to) => prefixes.some((prefix) => startsWith(bytes, from, to, prefix));
  }
  try {
    const compiled = RE2JS.compile(pattern);
    return (bytes, from, to) => compiled.matcher(bytes.toString("utf8", from, to)).find();
  } catch (error) {
    return errorMessage(error);
  }
}

/** The alternatives of a pattern that matches nothing but literal line starts; undefined for any other. */
function literalPrefixes(pattern: string): string[] | undefined {
  if (!pattern.startsWith("^")) return undefined;
  const grouped = pattern.startsWith("^(") && pattern.endsWith(")") && !pattern.endsWith("\\)");
  const inner = grouped ? pattern.slice(pattern.startsWith("^(?:") ? 4 : 2, -1) : pattern.slice(1);
  const literals: string[] = [];
  let current = "";
  for (let i = 0; i < inner.length; i++) {
    const char = inner[i] as string;
    if (char === "|" && grouped) {
      literals.push(current);
      current = "";
    } else if (char === "\\") {
      const escaped = inner[++i];
      if (escaped === undefined || !SPECIAL.includes(escaped)) return undefined;
      current += escaped;
    } else if (SPECIAL.includes(char)) return undefined;
    else current += char;
  }
  literals.push(current);
  return literals.every((literal) => literal.length > 0) ? literals : undefined;
}

const SPECIAL = "\\^$.[]|()?*+{}";

function startsWith(bytes: Buffer, from: number, to: number, prefix: Buffer): boolean {
  if (to - from < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[from + i] !== prefix[i]) return false;
  return true;
}
