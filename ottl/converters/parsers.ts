import type { Attributes } from "#core/attributes.ts";
import { compilePattern, type Pattern } from "#core/pattern.ts";
import { EvaluationError } from "../evaluation-error.ts";
import { converter } from "../function-definition.ts";
import { parseJson } from "../parse-json.ts";
import { splitQuoted } from "../split-quoted.ts";
import { newMap, toStringLike } from "../value.ts";

/** Texts taken apart. */
export const PARSE_CONVERTERS = [
  converter("IsMatch", ["target", "pattern"], (args) => {
    const target = args.any("target");
    const pattern = args.pattern("pattern");
    return (frame) => {
      const value = target(frame);
      if (value === null || pattern === undefined) return false;
      if (typeof value === "string") return pattern.test(value);
      const text = value instanceof Uint8Array ? Buffer.from(value).toString("base64") : (toStringLike(value) ?? "");
      return pattern.test(text);
    };
  }),
  converter("ExtractPatterns", ["target", "pattern"], (args) => {
    const target = args.string("target");
    const pattern = args.compiled("pattern", compileWithNames);
    return (frame) => {
      const text = target(frame);
      const match = pattern?.first(text);
      const out = newMap();
      for (const [group, name] of pattern?.groupNames ?? []) {
        if (match !== undefined) out[name] = match.groups[group] ?? "";
      }
      return out;
    };
  }),
  converter("ParseJSON", ["target"], (args) => {
    const target = args.string("target");
    return (frame) => parseJson(target(frame));
  }),
  converter("ParseKeyValue", ["target", "delimiter?", "pair_delimiter?"], (args) => {
    const target = args.string("target");
    const delimiter = (args.has("delimiter") ? args.literalString("delimiter") : "") || "=";
    const pairDelimiter =
      (args.has("pair_delimiter")
        ? args.compiled("pair_delimiter", (text) =>
            text === delimiter ? "must differ from delimiter" : { text: text || " " },
          )?.text
        : undefined) ?? " ";
    return (frame) => keyValues(target(frame), delimiter, pairDelimiter);
  }),
];

function compileWithNames(source: string): Pattern | string {
  const pattern = compilePattern(source);
  if (typeof pattern === "string" || pattern.groupNames.size > 0) return pattern;
  return "has no named group such as (?P<name>...)";
}

function keyValues(text: string, delimiter: string, pairDelimiter: string): Attributes {
  if (text === "") throw new EvaluationError("ParseKeyValue: target is empty");
  const pairs = splitQuoted(text, pairDelimiter);
  if (pairs === undefined) throw new EvaluationError("ParseKeyValue: a quoted value has no end");
  const out = newMap();
  for (const pair of pairs) {
    const at = pair.indexOf(delimiter);
    if (at < 0) throw new EvaluationError("ParseKeyValue: a pair has no delimiter");
    out[pair.slice(0, at).trim()] = pair.slice(at + delimiter.length).trim();
  }
  return out;
}
