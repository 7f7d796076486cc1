import type { Arguments } from "./arguments.ts";
import type { Pattern, PatternMatch } from "#core/pattern.ts";
import { EvaluationError } from "./evaluation-error.ts";
import type { Frame, Getter } from "./frame.ts";
import type { TextBudget, TimeBudget } from "./text-budget.ts";

/** Text for the place of a match. */
export type Finish = (text: string, frame: Frame) => string;

/** The optional last arguments of the replace editors: `function`, then `replacement_format` around its result. */
export function readFinish(args: Arguments): Finish | undefined {
  const convert = args.converter("function");
  const format = args.has("replacement_format") ? args.compiled("replacement_format", splitFormat) : undefined;
  if (convert === undefined) return undefined;
  let input = "";
  const get: Getter = convert(() => input);
  return (text, frame) => {
    input = text;
    const made = get(frame);
    if (typeof made !== "string") throw new EvaluationError("the function of a replacement must give a string");
    return format === undefined ? made : format.before + made + format.after;
  };
}

function splitFormat(format: string): { before: string; after: string } | string {
  const at = format.indexOf("%s");
  if (at < 0 || format.split("%").length !== 2) return "must hold %s once and no other %";
  return { before: format.slice(0, at), after: format.slice(at + 2) };
}

/** `text` with every match replaced; undefined when there is none. */
export function replaceMatches(
  text: string,
  pattern: Pattern,
  replace: (match: PatternMatch) => string,
  budget: TextBudget,
  time: TimeBudget,
): string | undefined {
  let out = "";
  let done = 0;
  let found = false;
  for (const match of pattern.matches(text)) {
    found = true;
    time.check();
    out += budget.spend(text.slice(done, match.start)) + budget.spend(replace(match));
    done = match.end;
  }
  return found ? out + budget.spend(text.slice(done)) : undefined;
}

/**
 * A replacement with its `$1`, `${1}`, `$name`, `${name}` and `$$` put in, as Go's regexp.Expand does: a name is as long
 * as it can be, and a group that does not exist or took no part is empty.
 */
export function expand(template: string, match: PatternMatch, pattern: Pattern): string {
  let out = "";
  let done = 0;
  for (let at = template.indexOf("$"); at >= 0; at = template.indexOf("$", done)) {
    out += template.slice(done, at);
    if (template[at + 1] === "$") {
      out += "$";
      done = at + 2;
      continue;
    }
    const braced = template[at + 1] === "{";
    const from = braced ? at + 2 : at + 1;
    let to = from;
    while (to < template.length && isNameUnit(template.charCodeAt(to))) to++;
    if (to === from || (braced && template[to] !== "}")) {
      out += "$";
      done = at + 1;
      continue;
    }
    out += groupText(template.slice(from, to), match, pattern);
    done = braced ? to + 1 : to;
  }
  return out + template.slice(done);
}

function groupText(name: string, match: PatternMatch, pattern: Pattern): string {
  const number = Number(name);
  if (Number.isInteger(number)) return match.groups[number] ?? "";
  for (const [group, known] of pattern.groupNames) if (known === name) return match.groups[group] ?? "";
  return "";
}

function isNameUnit(unit: number): boolean {
  const isDigit = unit >= 0x30 && unit <= 0x39;
  const isLetter = (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
  return isDigit || isLetter || unit === 0x5f;
}
