import type { AttributeValue } from "#core/attributes.ts";
import type { Frame } from "../frame.ts";
import { editor } from "../function-definition.ts";
import { compileGlob } from "../glob.ts";
import { expand, readFinish, replaceMatches } from "../replacement.ts";
import { TextBudget, TimeBudget } from "../text-budget.ts";
import { newMap } from "../value.ts";
import type { Arguments } from "../arguments.ts";

/** New text for one text; undefined when it stays. */
type Change = (text: string, frame: Frame, budget: TextBudget, time: TimeBudget) => string | undefined;

const OPTIONAL = ["function?", "replacement_format?"] as const;

export const replacePattern = editor("replace_pattern", ["target", "regex", "replacement", ...OPTIONAL], (args) =>
  changeTarget(args, patternChange(args)),
);

export const replaceMatch = editor("replace_match", ["target", "pattern", "replacement", ...OPTIONAL], (args) =>
  changeTarget(args, globChange(args)),
);

export const replaceAllMatches = editor(
  "replace_all_matches",
  ["target", "pattern", "replacement", ...OPTIONAL],
  (args) => changeMembers(args, globChange(args), "value"),
);

export const replaceAllPatterns = editor(
  "replace_all_patterns",
  ["target", "mode", "regex", "replacement", ...OPTIONAL],
  (args) => changeMembers(args, patternChange(args), args.literalString("mode", ["key", "value"])),
);

function patternChange(args: Arguments): Change {
  const pattern = args.pattern("regex");
  const replacement = args.string("replacement");
  const finish = readFinish(args);
  if (pattern === undefined) return () => undefined;
  return (text, frame, budget, time) => {
    if (!pattern.test(text)) return undefined;
    const template = replacement(frame);
    return replaceMatches(
      text,
      pattern,
      (match) => {
        const expanded = expand(template, match, pattern);
        return finish === undefined ? expanded : finish(expanded, frame);
      },
      budget,
      time,
    );
  };
}

function globChange(args: Arguments): Change {
  const glob = args.compiled("pattern", compileGlob);
  const replacement = args.string("replacement");
  const finish = readFinish(args);
  return (text, frame, budget) => {
    if (glob?.test(text) !== true) return undefined;
    const replaced = replacement(frame);
    return budget.spend(finish === undefined ? replaced : finish(replaced, frame));
  };
}

/** Only strings are changed; anything else stays. */
function changeTarget(args: Arguments, change: Change) {
  const { read, write } = args.target("target");
  return (frame: Parameters<typeof write>[0]): void => {
    const value = read(frame);
    if (typeof value !== "string") return;
    const changed = change(value, frame, new TextBudget(), new TimeBudget(frame));
    if (changed !== undefined) write(frame, changed);
  };
}

function changeMembers(args: Arguments, change: Change, mode: string) {
  const map = args.map("target");
  return (frame: Parameters<typeof map>[0]): void => {
    const members = map(frame);
    const budget = new TextBudget();
    const time = new TimeBudget(frame);
    const out = newMap();
    let some = false;
    for (const [key, value] of Object.entries(members.all())) {
      const text: AttributeValue = mode === "key" ? key : value;
      const changed = typeof text === "string" ? change(text, frame, budget, time) : undefined;
      some ||= changed !== undefined;
      out[mode === "key" ? (changed ?? key) : key] = mode === "key" ? value : (changed ?? value);
    }
    if (some) members.replace(out);
  };
}
