/**
 * Text that is safe to print: control characters, escape sequences, line ends and direction marks, which a stranger
 * may have put into a log, come out as visible escapes.
 */
export function terminalText(text: string, maxLength = Number.POSITIVE_INFINITY): string {
  let out = "";
  for (const char of text) {
    if (out.length >= maxLength) return `${out}…`;
    const code = char.codePointAt(0) as number;
    out += isUnsafe(code) ? `\\u${code.toString(16).padStart(4, "0")}` : char;
  }
  return out;
}

function isUnsafe(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff ||
    (code >= 0xd800 && code <= 0xdfff)
  );
}
