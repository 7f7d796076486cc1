import type { AttributeValue } from "#core/attributes.ts";

/** Marks a value that JSON does not have; a map with such a key is wrapped itself. */
const MARK = "$tidewatch";

/** JSON from which `parseExact` makes the same value again: 64-bit integers, bytes, NaN and infinities included. */
export function toExactJson(value: AttributeValue): string {
  return JSON.stringify(mark(value));
}

/** @throws SyntaxError when the text is none that `toExactJson` wrote. */
export function parseExact(text: string): AttributeValue {
  return unmark(JSON.parse(text) as Json);
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The value itself where JSON can say it. */
function mark(value: AttributeValue): Json {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return { [MARK]: `i${value}` };
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { [MARK]: `f${numberText(value)}` };
  if (value instanceof Uint8Array) return { [MARK]: `b${Buffer.from(value).toString("base64")}` };
  if (Array.isArray(value)) return markList(value as readonly AttributeValue[]);
  return isMap(value) ? markMap(value) : (value as Json);
}

function markList(values: readonly AttributeValue[]): Json {
  const marked = values.map(mark);
  return marked.every((inner, i) => inner === values[i]) ? (values as Json[]) : marked;
}

function markMap(value: { readonly [key: string]: AttributeValue }): Json {
  let out: Record<string, Json> | undefined;
  for (const key of Object.keys(value)) {
    const inner = value[key] as AttributeValue;
    const marked = mark(inner);
    if (marked === inner) continue;
    // Object.assign would call the setter of `__proto__` on an ordinary object.
    out ??= Object.assign(Object.create(null), value) as Record<string, Json>;
    out[key] = marked;
  }
  const json = out ?? (value as { [key: string]: Json });
  return Object.hasOwn(value, MARK) ? { [MARK]: [json] } : json;
}

const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

function unmark(json: Json): AttributeValue {
  if (Array.isArray(json)) return json.map(unmark);
  if (typeof json !== "object" || json === null) return json;
  const marked = Object.hasOwn(json, MARK) ? json[MARK] : undefined;
  if (typeof marked === "string") return unmarkText(marked);
  return unmarkMap(Array.isArray(marked) ? (marked[0] as { [key: string]: Json }) : json);
}

function unmarkMap(json: { [key: string]: Json }): AttributeValue {
  const out: Record<string, AttributeValue> = Object.create(null) as Record<string, AttributeValue>;
  for (const [key, inner] of Object.entries(json)) out[key] = unmark(inner);
  return out;
}

function unmarkText(text: string): AttributeValue {
  const rest = text.slice(1);
  if (text[0] === "i") return BigInt(rest);
  if (text[0] === "f") return Number(rest);
  if (text[0] === "b") return new Uint8Array(Buffer.from(rest, "base64"));
  throw new SyntaxError("value of an unknown kind");
}

function isMap(value: AttributeValue): value is { readonly [key: string]: AttributeValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
