/**
 * Text as PostgreSQL can hold it: NUL, which it cannot, becomes the visible sign for it (U+2400), and half a surrogate
 * pair the replacement character.
 */
export function storableText(text: string): string {
  return text.replaceAll("\0", "\u2400").toWellFormed();
}

/** JSON text for a json column: keys and values storable, bigint as decimal text. */
export function storableJson(value: unknown): string {
  return JSON.stringify(storable(value)) ?? "null";
}

/** JSON with sorted keys and no white space: the same data has the same text, so that it can be hashed. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(storable(value, true)) ?? "null";
}

/** Plain JSON data of a value, as a json column would give it back. */
function storable(value: unknown, sorted = false): unknown {
  if (typeof value === "string") return storableText(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map((item) => storable(item, sorted));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [storableText(key), storable(item, sorted)] as const);
  if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // A null prototype: a key such as __proto__ is data.
  const out = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of entries) out[key] = item;
  return out;
}
