import type { Attributes, AttributeValue } from "#core/attributes.ts";
import { editor } from "../function-definition.ts";
import { MAX_VALUE_DEPTH } from "../limits.ts";
import { TextBudget } from "../text-budget.ts";
import { truncateUtf8 } from "../utf8.ts";
import { fromAttribute, isList, isMap, newMap, toStringLike } from "../value.ts";

/** Moves the members of nested maps and lists to the top, under joined names. */
export const flatten = editor("flatten", ["target", "prefix?", "depth?", "resolve_conflicts?"], (args) => {
  const map = args.map("target");
  const prefix = args.has("prefix") ? args.literalString("prefix") : "";
  const depth = args.has("depth") ? args.literalCount("depth") : Number.POSITIVE_INFINITY;
  const resolveConflicts = args.has("resolve_conflicts") && args.literalBool("resolve_conflicts");
  return (frame) => {
    const members = map(frame);
    const all = members.all();
    if (prefix === "" && !Object.values(all).some((value) => isMap(value) || isList(value))) return;
    const flat = new Flattening(Math.min(depth, MAX_VALUE_DEPTH), resolveConflicts);
    flat.map(all, prefix === "" ? "" : `${prefix}.`, 0);
    members.replace(flat.out);
  };
});

class Flattening {
  readonly out = newMap();
  readonly #budget = new TextBudget();
  readonly #maxDepth: number;
  readonly #resolveConflicts: boolean;
  /** How often a name was wanted. */
  readonly #wanted = new Map<string, number>();

  constructor(maxDepth: number, resolveConflicts: boolean) {
    this.#maxDepth = maxDepth;
    this.#resolveConflicts = resolveConflicts;
  }

  map(map: Attributes, prefix: string, depth: number): void {
    for (const [key, value] of Object.entries(map)) this.#value(prefix + key, value, depth);
  }

  #value(name: string, value: AttributeValue, depth: number): void {
    if (isMap(value) && depth < this.#maxDepth) this.map(value, `${name}.`, depth + 1);
    else if (isList(value) && depth < this.#maxDepth) {
      // With conflicts resolved, elements are repetitions of one name: name, name.0, name.1.
      for (const [i, element] of value.entries()) this.#put(this.#resolveConflicts ? name : `${name}.${i}`, element);
    } else this.#put(name, value);
  }

  #put(name: string, value: AttributeValue): void {
    // Names grow with the depth, so a small record could become a huge one.
    this.#budget.spend(name);
    const before = this.#wanted.get(name);
    this.#wanted.set(name, (before ?? -1) + 1);
    this.out[before === undefined || !this.#resolveConflicts ? name : `${name}.${before}`] = value;
  }
}

/** Shortens every string to a number of bytes of UTF-8; never in the middle of a character. */
export const truncateAll = editor("truncate_all", ["target", "limit", "utf8_safe?", "truncation_marker?"], (args) => {
  const map = args.map("target");
  const limit = args.literalCount("limit");
  // JavaScript's strings cannot hold half a character, so there is nothing to choose.
  if (args.has("utf8_safe")) args.literalBool("utf8_safe");
  const marker = args.has("truncation_marker")
    ? (args.compiled("truncation_marker", (text) =>
        Buffer.byteLength(text) > limit ? "is longer than limit" : { text, sizeBytes: Buffer.byteLength(text) },
      ) ?? NO_MARKER)
    : NO_MARKER;
  return (frame) => {
    const members = map(frame);
    const shorter = newMap();
    for (const [key, value] of Object.entries(members.all())) {
      if (typeof value !== "string" || value.length * 3 <= limit || Buffer.byteLength(value) <= limit) continue;
      shorter[key] = truncateUtf8(value, limit - marker.sizeBytes) + marker.text;
    }
    members.assign(shorter);
  };
});

const NO_MARKER = { text: "", sizeBytes: 0 };

/** Makes strings of all values: structures as JSON, bytes as base64. */
export const stringifyAll = editor("stringify_all", ["target"], (args) => {
  const map = args.map("target");
  return (frame) => {
    const members = map(frame);
    const budget = new TextBudget();
    const texts = newMap();
    for (const [key, value] of Object.entries(members.all())) {
      if (typeof value === "string") continue;
      const text =
        value instanceof Uint8Array
          ? Buffer.from(value).toString("base64")
          : (toStringLike(fromAttribute(value)) ?? "");
      texts[key] = budget.spend(text);
    }
    members.assign(texts);
  };
});
