/**
 * Simple case folding as Unicode has it (statuses C and S of CaseFolding.txt): one code point becomes one code point,
 * so `ß` does not become `ss` and positions in code points stay. Two texts are equal without regard to case when
 * their folded forms are equal. The folded form is lower case; only its equality has a meaning.
 *
 * Two characters outside ASCII fold to an ASCII letter: U+017F LONG S to `s` and U+212A KELVIN SIGN to `k`. So whoever
 * searches folded ASCII in raw bytes may fold byte by byte only where the bytes are ASCII, and folds other text first.
 */
export function foldCase(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  let folded = "";
  for (const character of text) folded += foldCharacter(character);
  return folded;
}

function foldCharacter(character: string): string {
  // Dotless i has no simple folding, though its upper case is `I`.
  if (character === "\u0131") return character;
  const upper = character.toUpperCase();
  const lower = (isOneCharacter(upper) ? upper : character).toLowerCase();
  return isOneCharacter(lower) ? lower : character;
}

function isOneCharacter(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) as number) > 0xffff);
}

/** Whether every character is below U+0080. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
