import { EvaluationError } from "../evaluation-error.ts";
import type { Frame } from "../frame.ts";
import { converter } from "../function-definition.ts";
import { compileFormat, formatText } from "../format-text.ts";
import { MAX_ELEMENTS } from "../limits.ts";
import { toCamelCase, toSnakeCase } from "../letter-case.ts";
import { TextBudget } from "../text-budget.ts";
import { sliceUtf8 } from "../utf8.ts";
import { isList, isMap, toStringLike } from "../value.ts";

const CASES: Readonly<Record<string, (text: string) => string>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  snake: toSnakeCase,
  camel: toCamelCase,
};

const textChange = (name: string, change: (text: string) => string) =>
  converter(name, ["target"], (args) => {
    const target = args.string("target");
    return (frame) => new TextBudget().spend(change(target(frame)));
  });

const textPair = (name: string, second: string, combine: (text: string, other: string) => string | boolean) =>
  converter(name, ["value", second], (args) => {
    const value = args.string("value");
    const other = args.string(second);
    return (frame) => combine(value(frame), other(frame));
  });

/** Texts made of texts. Offsets and lengths count bytes of UTF-8, as Go does. */
export const TEXT_CONVERTERS = [
  converter("Concat", ["values", "delimiter"], (args) => {
    const values = args.items("values");
    const delimiter = args.string("delimiter");
    return (frame) => {
      const budget = new TextBudget();
      const between = delimiter(frame);
      let out = "";
      for (const [i, get] of values.entries()) {
        const value = get(frame);
        // Lists and maps could make the record much larger: they are left out.
        const text = isList(value) || isMap(value) ? "" : (toStringLike(value) ?? "<nil>");
        out += budget.spend(i === 0 ? text : between + text);
      }
      return out;
    };
  }),
  converter("Format", ["format_string", "format_arguments"], (args) => {
    const pieces = args.compiled("format_string", compileFormat);
    const values = args.items("format_arguments");
    return (frame) =>
      formatText(
        pieces ?? [],
        values.map((get) => get(frame)),
      );
  }),
  converter("ConvertCase", ["target", "to_case"], (args) => {
    const target = args.string("target");
    const change = CASES[args.literalString("to_case", Object.keys(CASES))] ?? ((text: string) => text);
    return (frame) => new TextBudget().spend(change(target(frame)));
  }),
  textChange("ToLowerCase", (text) => text.toLowerCase()),
  textChange("ToUpperCase", (text) => text.toUpperCase()),
  textChange("ToSnakeCase", toSnakeCase),
  textChange("ToCamelCase", toCamelCase),
  textPair("HasPrefix", "prefix", (text, prefix) => text.startsWith(prefix)),
  textPair("HasSuffix", "suffix", (text, suffix) => text.endsWith(suffix)),
  textPair("TrimPrefix", "prefix", (text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  textPair("TrimSuffix", "suffix", (text, suffix) =>
    suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  ),
  converter("Trim", ["target", "replacement?"], (args) => {
    const target = args.string("target");
    const characters = args.has("replacement") ? args.string("replacement") : () => " ";
    return (frame) => trim(target(frame), new Set(characters(frame)));
  }),
  converter("Split", ["target", "delimiter"], (args) => {
    const target = args.string("target");
    const delimiter = args.string("delimiter");
    return (frame) => {
      const by = delimiter(frame);
      const text = target(frame);
      // By characters, and not by UTF-16 units, when there is nothing to split by.
      const parts = by === "" ? Array.from(text.slice(0, MAX_ELEMENTS * 2 + 2)) : text.split(by, MAX_ELEMENTS + 1);
      if (parts.length > MAX_ELEMENTS) throw new EvaluationError(`Split: more than ${MAX_ELEMENTS} parts`);
      return parts;
    };
  }),
  converter("Substring", ["target", "start", "length", "utf8_safe?"], (args) => {
    const target = args.string("target");
    const start = args.int("start");
    const length = args.int("length");
    if (args.has("utf8_safe")) args.literalBool("utf8_safe");
    return (frame) => substring(target(frame), start, length, frame);
  }),
];

function substring(
  text: string,
  start: (frame: Frame) => bigint,
  length: (frame: Frame) => bigint,
  frame: Frame,
): string {
  const from = start(frame);
  const count = length(frame);
  if (from < 0n) throw new EvaluationError("Substring: start must not be negative");
  if (count <= 0n) throw new EvaluationError("Substring: length must be more than 0");
  if (from + count > BigInt(Buffer.byteLength(text))) {
    throw new EvaluationError("Substring: start and length reach beyond the end of target");
  }
  return sliceUtf8(text, Number(from), Number(from + count));
}

function trim(text: string, characters: ReadonlySet<string>): string {
  let from = 0;
  let to = text.length;
  while (from < to && characters.has(charAt(text, from))) from += charAt(text, from).length;
  while (to > from) {
    const last = text.charCodeAt(to - 1);
    const char = last >= 0xdc00 && last <= 0xdfff && to - 2 >= from ? charAt(text, to - 2) : charAt(text, to - 1);
    if (!characters.has(char)) break;
    to -= char.length;
  }
  return text.slice(from, to);
}

function charAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) as number);
}
