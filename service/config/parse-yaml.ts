import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Located, Place } from "./located.ts";
import type { PlacedIssue } from "./placed-issue.ts";

/** Reads YAML 1.2 with places. Mistakes in the syntax (duplicate keys too) are issues; the value is what could be read. */
export function parseYaml(source: string, text: string): { readonly value: Located; readonly issues: PlacedIssue[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, intAsBigInt: false, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { source, line, column: col };
  };
  const issues: PlacedIssue[] = document.errors.map((error) => ({
    place: placeAt(error.pos[0]),
    path: [],
    message: error.message,
  }));
  const start = placeAt(0);

  const locate = (node: unknown, fallback: Place): Located => {
    const place = isNode(node) && node.range ? placeAt(node.range[0]) : fallback;
    if (isMap(node)) {
      const entries = new Map<string, { keyPlace: Place; value: Located }>();
      for (const { key, value } of node.items) {
        const keyPlace = isNode(key) && key.range ? placeAt(key.range[0]) : place;
        const name = isScalar(key) ? String(key.value) : JSON.stringify(key);
        entries.set(name, { keyPlace, value: locate(value, keyPlace) });
      }
      return { kind: "map", place, entries };
    }
    if (isSeq(node)) return { kind: "list", place, items: node.items.map((item) => locate(item, place)) };
    if (isAlias(node)) return locate(node.resolve(document), place);
    if (isScalar(node)) return { kind: "scalar", place, value: scalarValue(node.value) };
    return { kind: "scalar", place, value: null };
  };
  return { value: locate(document.contents, start), issues };
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "range" in value;
}

function scalarValue(value: unknown): string | number | boolean | bigint | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || typeof value === "bigint")
    return value;
  return JSON.stringify(value);
}
