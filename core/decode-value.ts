import { ESCAPED } from "./columns.ts";

const BACKSLASH = 0x5c;

/**
 * Text of the value at `bytes[from, to)`. With ESCAPED its JSON-style escapes are undone, leniently: an escape that
 * is none stays as it stands, because a log line is evidence and a reader must not lose a byte of it.
 */
export function decodeValue(bytes: Buffer, from: number, to: number, flags: number): string {
  const text = bytes.toString("utf8", from, to);
  return (flags & ESCAPED) === 0 ? text : unescapeText(text);
}

/** Undoes `\\ \" \/ \b \f \n \r \t \uXXXX`; everything else stays. */
function unescapeText(text: string): string {
  let at = text.indexOf("\\");
  if (at < 0) return text;
  let out = "";
  let done = 0;
  while (at >= 0 && at + 1 < text.length) {
    const code = text.charCodeAt(at + 1);
    let replacement: string | undefined = SIMPLE[code];
    let width = 2;
    if (code === 0x75) {
      const unit = hex4(text, at + 2);
      if (unit >= 0) {
        replacement = String.fromCharCode(unit);
        width = 6;
      }
    }
    if (replacement === undefined) width = code === BACKSLASH ? 2 : 1;
    else {
      out += text.slice(done, at) + replacement;
      done = at + width;
    }
    at = text.indexOf("\\", at + width);
  }
  return out + text.slice(done);
}

const SIMPLE: Record<number, string> = {
  0x22: '"',
  0x5c: "\\",
  0x2f: "/",
  0x62: "\b",
  0x66: "\f",
  0x6e: "\n",
  0x72: "\r",
  0x74: "\t",
};

function hex4(text: string, at: number): number {
  if (at + 4 > text.length) return -1;
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const code = text.charCodeAt(i);
    let digit = -1;
    if (code >= 0x30 && code <= 0x39) digit = code - 0x30;
    else if (code >= 0x61 && code <= 0x66) digit = code - 0x57;
    else if (code >= 0x41 && code <= 0x46) digit = code - 0x37;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
