import { TextBudget } from "./text-budget.ts";
import { doubleText, isList, isMap, toStringLike, typeName, type Value } from "./value.ts";

/** A text, or a place for one argument. */
export type FormatPiece =
  | { readonly text: string }
  | { readonly verb: string; readonly flags: string; readonly width: number; readonly precision: number | undefined };

const VERBS = "sdvqxXfegt";
/** Widest field and most digits that a format may ask for. */
const MAX_WIDTH = 1000;

/** Pieces of a format in the style of Go's fmt.Sprintf; a text says why it is none. */
export function compileFormat(format: string): readonly FormatPiece[] | string {
  const pieces: FormatPiece[] = [];
  let done = 0;
  for (let at = format.indexOf("%"); at >= 0; at = format.indexOf("%", done)) {
    if (at > done) pieces.push({ text: format.slice(done, at) });
    const part = /^%([-+ 0#]*)(\d{0,4})(?:\.(\d{0,4}))?(.?)/su.exec(format.slice(at, at + 24)) as RegExpExecArray;
    const [whole, flags = "", width = "", precision, verb = ""] = part;
    done = at + whole.length;
    if (verb === "%") {
      pieces.push({ text: "%" });
      continue;
    }
    if (verb === "" || !VERBS.includes(verb))
      return `unknown verb ${whole}; valid: %${VERBS.split("").join(" %")} and %%`;
    if (Number(width) > MAX_WIDTH || Number(precision ?? 0) > MAX_WIDTH) return `a width may be ${MAX_WIDTH} at most`;
    pieces.push({
      verb,
      flags,
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
    });
  }
  if (done < format.length) pieces.push({ text: format.slice(done) });
  return pieces;
}

/** The format with its arguments put in; a wrong argument shows in the text as Go shows it (`%!d(string=x)`). */
export function formatText(pieces: readonly FormatPiece[], values: readonly Value[]): string {
  const budget = new TextBudget();
  let out = "";
  let next = 0;
  for (const piece of pieces) {
    if ("text" in piece) out += budget.spend(piece.text);
    else if (next >= values.length) out += budget.spend(`%!${piece.verb}(MISSING)`);
    else out += budget.spend(pad(fieldText(piece, values[next++] as Value), piece));
  }
  if (next < values.length) out += budget.spend(`%!(EXTRA ${values.slice(next).map(told).join(", ")})`);
  return out;
}

type Field = Exclude<FormatPiece, { readonly text: string }>;

function fieldText(field: Field, value: Value): string {
  const { verb, precision, flags } = field;
  const plus = flags.includes("+") ? "+" : "";
  if (verb === "v") return value === null ? "<nil>" : (toStringLike(value) ?? "");
  if (typeof value === "bigint") {
    const sign = value < 0n ? "-" : plus;
    const size = value < 0n ? -value : value;
    if (verb === "d") return sign + size.toString().padStart(precision ?? 0, "0");
    if (verb === "x") return sign + size.toString(16);
    if (verb === "X") return sign + size.toString(16).toUpperCase();
  }
  if (typeof value === "number") {
    const sign = value < 0 ? "" : plus;
    if (verb === "f")
      return sign + (Number.isFinite(value) ? value.toFixed(Math.min(precision ?? 6, 100)) : doubleText(value));
    if (verb === "e") return sign + goExponent(value.toExponential(Math.min(precision ?? 6, 100)));
    if (verb === "g")
      return (
        sign +
        goExponent(
          precision === undefined
            ? String(value)
            : String(Number(value.toPrecision(Math.min(Math.max(precision, 1), 100)))),
        )
      );
  }
  if (typeof value === "string") {
    if (verb === "s")
      return precision === undefined
        ? value
        : Array.from(value.slice(0, precision * 2))
            .slice(0, precision)
            .join("");
    if (verb === "q") return JSON.stringify(value);
    if (verb === "x") return Buffer.from(value).toString("hex");
    if (verb === "X") return Buffer.from(value).toString("hex").toUpperCase();
  }
  if (typeof value === "boolean" && verb === "t") return String(value);
  if (value instanceof Uint8Array && "sxX".includes(verb))
    return Buffer.from(value).toString(verb === "s" ? "utf8" : "hex");
  if (verb === "s" && (isList(value) || isMap(value))) return toStringLike(value) ?? "";
  return `%!${verb}(${told(value)})`;
}

/** Go writes at least two digits of an exponent. */
function goExponent(text: string): string {
  const at = text.indexOf("e");
  if (at < 0) return text;
  const digits = text.slice(at + 2);
  return text.slice(0, at + 2) + digits.padStart(2, "0");
}

const GO_TYPES: Readonly<Record<string, string>> = {
  int: "int64",
  double: "float64",
  bytes: "[]uint8",
  list: "[]interface {}",
};

function told(value: Value): string {
  if (value === null) return "<nil>";
  const type = typeName(value);
  return `${GO_TYPES[type] ?? type}=${toStringLike(value) ?? ""}`;
}

function pad(text: string, { width, flags, verb }: Field): string {
  if (width <= text.length) return text;
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0") || !"dfegxX".includes(verb)) return text.padStart(width);
  const sign = text.startsWith("-") || text.startsWith("+") ? text.slice(0, 1) : "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}
