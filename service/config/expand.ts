import type { Located, LocatedScalar, Path, Place } from "./located.ts";
import { parseYaml } from "./parse-yaml.ts";
import type { PlacedIssue } from "./placed-issue.ts";

/** What references can reach: the process's environment and files. */
export interface ReferenceSource {
  env(name: string): string | undefined;
  /** @throws what the file system says. */
  file(path: string): string;
}

export interface Expanded {
  readonly value: Located;
  readonly issues: readonly PlacedIssue[];
  readonly warnings: readonly PlacedIssue[];
}

const MAX_ROUNDS = 1000;

/**
 * Replaces `${env:NAME}`, `${env:NAME:-default}`, `${NAME}`, `${file:path}` and `${yaml:…}`, innermost first, in the
 * parsed tree: a value can never add keys. `$$` is a dollar. A value that is one whole reference is read as YAML, and
 * keeps its text for settings that want a string. Source: collector, confmap RFC env-vars.
 */
export function expand(root: Located, source: ReferenceSource): Expanded {
  const issues: PlacedIssue[] = [];
  const warnings: PlacedIssue[] = [];
  let rounds = 0;

  const resolve = (reference: string, path: Path, place: Place): string | undefined => {
    const colon = reference.indexOf(":");
    const scheme = colon < 0 ? "env" : reference.slice(0, colon);
    const rest = colon < 0 ? reference : reference.slice(colon + 1);
    if (scheme === "yaml") return rest;
    if (scheme === "file") {
      try {
        return source.file(rest).replace(/\n$/, "");
      } catch (error) {
        issues.push({
          place,
          path,
          message: `cannot read ${rest}: ${error instanceof Error ? error.message : String(error)}`,
        });
        return undefined;
      }
    }
    if (scheme !== "env") {
      issues.push({ place, path, message: `unknown reference scheme "${scheme}"; valid: env, file, yaml` });
      return undefined;
    }
    const mark = rest.indexOf(":-");
    const name = mark < 0 ? rest : rest.slice(0, mark);
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      issues.push({ place, path, message: `"${name}" is no name of an environment variable` });
      return undefined;
    }
    const value = source.env(name);
    if (value !== undefined) return value;
    if (mark >= 0) return rest.slice(mark + 2);
    warnings.push({ place, path, message: `environment variable ${name} is not set, the value is empty` });
    return "";
  };

  const scalar = (node: LocatedScalar, path: Path): Located => {
    if (typeof node.value !== "string" || !node.value.includes("$")) return node;
    let text = node.value;
    let whole = false;
    for (;;) {
      const reference = innermost(text);
      if (reference === undefined) break;
      if (++rounds > MAX_ROUNDS) {
        issues.push({
          place: node.place,
          path,
          message: `more than ${MAX_ROUNDS} references, probably one that refers to itself`,
        });
        return node;
      }
      const value = resolve(text.slice(reference.from + 2, reference.to), path, node.place);
      if (value === undefined) return node;
      whole = reference.from === 0 && reference.to === text.length - 1;
      text =
        text.slice(0, reference.from) + (whole ? value : value.replaceAll("$", "$$$$")) + text.slice(reference.to + 1);
      if (whole) break;
    }
    if (!whole) return { ...node, value: text.replaceAll("$$", "$") };
    const parsed = parseYaml(node.place.source, text);
    if (parsed.issues.length > 0 || parsed.value.kind === "scalar") {
      const value = parsed.value.kind === "scalar" && parsed.issues.length === 0 ? parsed.value.value : text;
      return { ...node, value, text };
    }
    return relocate(parsed.value, node.place);
  };

  const walk = (node: Located, path: Path): Located => {
    switch (node.kind) {
      case "map":
        return {
          ...node,
          entries: new Map(
            [...node.entries].map(([key, entry]) => [key, { ...entry, value: walk(entry.value, [...path, key]) }]),
          ),
        };
      case "list":
        return { ...node, items: node.items.map((item, i) => walk(item, [...path, i])) };
      default:
        return scalar(node, path);
    }
  };
  return { value: walk(root, []), issues, warnings };
}

/** The first `${…}` that holds no other one; `$$` hides a dollar. */
function innermost(text: string): { from: number; to: number } | undefined {
  let from = -1;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "$" && text[i + 1] === "$") i++;
    else if (text[i] === "$" && text[i + 1] === "{") from = i;
    else if (text[i] === "}" && from >= 0) return { from, to: i };
  }
  return undefined;
}

/** Parts of an expanded value all stand where the reference stands. */
function relocate(node: Located, place: Place): Located {
  switch (node.kind) {
    case "map":
      return {
        kind: "map",
        place,
        entries: new Map(
          [...node.entries].map(([key, { value }]) => [key, { keyPlace: place, value: relocate(value, place) }]),
        ),
      };
    case "list":
      return { kind: "list", place, items: node.items.map((item) => relocate(item, place)) };
    default:
      return { ...node, place };
  }
}
