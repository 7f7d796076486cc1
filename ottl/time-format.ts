/** One piece of a time's format: a field by its letter, or text that stands as it is. */
export type TimePiece = { readonly field: string } | { readonly text: string };

const SHORTHANDS: Readonly<Record<string, string>> = {
  D: "%m/%d/%y",
  x: "%m/%d/%y",
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  X: "%H:%M:%S",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  c: "%a %b %d %H:%M:%S %Y",
};

const FIELDS = "YymoqbhBdegaAHIlpPMSLfszZijkw";

/** Pieces of a format with directives such as `%Y-%m-%d`; a text says why it is none. */
export function compileTimeFormat(format: string): readonly TimePiece[] | string {
  const pieces: TimePiece[] = [];
  const reason = addPieces(format, pieces);
  if (reason !== undefined) return reason;
  return pieces.some((piece) => "field" in piece)
    ? pieces
    : "has no directive such as %Y; Go layouts are not supported";
}

function addPieces(format: string, pieces: TimePiece[]): string | undefined {
  let text = "";
  for (let at = 0; at < format.length; at++) {
    const char = format[at] as string;
    if (char !== "%") {
      text += char;
      continue;
    }
    const letter = format[++at] ?? "";
    const literal = { n: "\n", t: "\t", "%": "%" }[letter];
    if (literal !== undefined) {
      text += literal;
      continue;
    }
    if (text !== "") pieces.push({ text });
    text = "";
    const shorthand = SHORTHANDS[letter];
    if (shorthand !== undefined) addPieces(shorthand, pieces);
    else if (letter !== "" && FIELDS.includes(letter)) pieces.push({ field: letter });
    else return `unknown directive %${letter}`;
  }
  if (text !== "") pieces.push({ text });
  return undefined;
}

export const MONTHS: readonly string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

export const WEEKDAYS: readonly string[] = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];
