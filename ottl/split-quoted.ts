/**
 * Splits at a delimiter that stands outside single and double quotes; the quotes are taken away, empty parts left out.
 * Undefined when a quote has no end.
 */
export function splitQuoted(text: string, delimiter: string): string[] | undefined {
  const parts: string[] = [];
  // Pieces are joined once per part: appending character by character would make chains that cost when read.
  let pieces: string[] = [];
  let from = 0;
  let quote = "";
  const endPiece = (to: number, next: number): void => {
    if (to > from) pieces.push(text.slice(from, to));
    from = next;
  };
  const endPart = (): void => {
    if (pieces.length > 0) parts.push(pieces.join(""));
    pieces = [];
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (quote === "" && text.startsWith(delimiter, at)) {
      endPiece(at, at + delimiter.length);
      endPart();
      at += delimiter.length - 1;
    } else if (quote === "" ? char === '"' || char === "'" : char === quote) {
      endPiece(at, at + 1);
      quote = quote === "" ? char : "";
    }
  }
  if (quote !== "") return undefined;
  endPiece(text.length, text.length);
  endPart();
  return parts;
}
