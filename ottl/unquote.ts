const SIMPLE: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** Hexadecimal digits behind the escape's letter. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

interface BadEscape {
  /** Where the backslash stands. */
  readonly offset: number;
  readonly reason: string;
}

/**
 * What the inside of a string literal means, with the escapes of Go's interpreted strings. `\x` and octal escapes give
 * single bytes there; here they must be ASCII, because texts are not bytes.
 */
export function unquote(inside: string): string | BadEscape {
  let out = "";
  let done = 0;
  for (let at = inside.indexOf("\\"); at >= 0; at = inside.indexOf("\\", done)) {
    out += inside.slice(done, at);
    const letter = inside[at + 1] ?? "";
    const simple = SIMPLE[letter];
    if (simple !== undefined) {
      out += simple;
      done = at + 2;
      continue;
    }
    const octal = /^[0-7]{3}/.exec(inside.slice(at + 1, at + 4))?.[0];
    const width = octal === undefined ? (HEX_DIGITS[letter] ?? 0) : 3;
    const from = octal === undefined ? at + 2 : at + 1;
    const digits = inside.slice(from, from + width);
    if (octal === undefined && (width === 0 || digits.length < width || !/^[0-9a-fA-F]+$/.test(digits))) {
      return { offset: at, reason: `unknown escape \\${letter}; write \\\\${letter} for a backslash and ${letter}` };
    }
    const code = Number.parseInt(digits, octal === undefined ? 16 : 8);
    const limit = octal !== undefined || letter === "x" ? 0x7f : 0x10ffff;
    if (code > limit || (code >= 0xd800 && code <= 0xdfff)) {
      return { offset: at, reason: `the escape \\${inside.slice(at + 1, from + width)} is no character` };
    }
    out += String.fromCodePoint(code);
    done = from + width;
  }
  return out + inside.slice(done);
}
