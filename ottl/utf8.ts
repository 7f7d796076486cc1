/** The longest start of `text` that takes at most `maxBytes` bytes of UTF-8. */
export function truncateUtf8(text: string, maxBytes: number): string {
  return sliceUtf8(text, 0, maxBytes);
}

/**
 * The characters that lie wholly within the bytes `from` to `to - 1` of the text's UTF-8. A character that a boundary
 * cuts is left out.
 */
export function sliceUtf8(text: string, from: number, to: number): string {
  if (Buffer.byteLength(text) === text.length) return text.slice(from, to);
  const bytes = Buffer.from(text);
  let start = Math.min(from, bytes.length);
  let end = Math.min(to, bytes.length);
  while (start < bytes.length && isContinuation(bytes[start])) start++;
  while (end > start && end < bytes.length && isContinuation(bytes[end])) end--;
  return bytes.toString("utf8", start, Math.max(start, end));
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
