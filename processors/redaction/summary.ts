import type { AttributeEditor } from "#core/attribute-draft.ts";

/** Keys that something was done with, in one set of attributes or one body. */
export class Summary {
  readonly removed: string[] = [];
  readonly masked: string[] = [];
  readonly allowed: string[] = [];
  readonly ignored: string[] = [];
}

type Kind = keyof Summary;

const KINDS: readonly (readonly [Kind, string])[] = [
  ["removed", "redacted"],
  ["masked", "masked"],
  ["allowed", "allowed"],
  ["ignored", "ignored"],
];

/** Most keys that a list of names tells; a stranger's record may have any number. */
const MAX_NAMES = 100;

/** Names of all attributes that a summary may write; another redaction processor behind this one lets them pass. */
export const SUMMARY_KEYS: ReadonlySet<string> = new Set(
  ["redaction.", "redaction.body."].flatMap((prefix) =>
    KINDS.flatMap(([, name]) => [`${prefix}${name}.keys`, `${prefix}${name}.count`]),
  ),
);

/** Writes a summary as attributes; counts and names of an earlier redaction are added to. */
export function writeSummary(
  attributes: AttributeEditor,
  summary: Summary,
  level: "debug" | "info" | "silent",
  prefix: "redaction." | "redaction.body.",
): void {
  if (level === "silent") return;
  for (const [kind, name] of KINDS) {
    const keys = summary[kind];
    if (keys.length === 0) continue;
    if (level === "debug" && kind !== "ignored") {
      const before = attributes.get(`${prefix}${name}.keys`);
      const all = [...keys, ...(typeof before === "string" && before !== "" ? before.split(",") : [])];
      attributes.set(`${prefix}${name}.keys`, all.sort().slice(0, MAX_NAMES).join(","));
    }
    const count = attributes.get(`${prefix}${name}.count`);
    attributes.set(`${prefix}${name}.count`, keys.length + (typeof count === "number" ? count : 0));
  }
}
