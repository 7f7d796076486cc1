import { createHash } from "node:crypto";
import type { AttributeEditor } from "#core/attribute-draft.ts";
import { type AttributeValue, toText } from "#core/attributes.ts";
import { parseDouble, parseInteger } from "#core/parse-number.ts";
import type { Pattern } from "#core/pattern.ts";

/** What one action of the attributes and resource processors does, after its settings were checked. */
export type ApplyAction = (attributes: AttributeEditor) => void;

/** A value of the configuration, or of another attribute, or the default; undefined: there is none, nothing happens. */
export type ActionSource = (attributes: AttributeEditor) => AttributeValue | undefined;

export function putAction(key: string, when: "insert" | "update" | "upsert", source: ActionSource): ApplyAction {
  return (attributes) => {
    const value = source(attributes);
    const known = attributes.get(key) !== undefined;
    if (value === undefined || (when === "insert" && known) || (when === "update" && !known)) return;
    attributes.set(key, value);
  };
}

/** For the key, and for every key that the pattern is found in. */
export function keyedAction(
  key: string | undefined,
  pattern: Pattern | undefined,
  act: (attributes: AttributeEditor, key: string) => void,
): ApplyAction {
  return (attributes) => {
    if (key !== undefined) act(attributes, key);
    if (pattern === undefined) return;
    for (const found of Object.keys(attributes.all()).filter((name) => pattern.test(name))) act(attributes, found);
  };
}

/** SHA-256 in hexadecimal of a text's UTF-8, of a number's 8 bytes (little endian) or of a bool's one byte. */
export function hashValue(value: AttributeValue): string {
  const bytes = bytesOf(value);
  return bytes.length === 0 ? "" : createHash("sha256").update(bytes).digest("hex");
}

function bytesOf(value: AttributeValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  if (typeof value !== "bigint" && typeof value !== "number") return Buffer.from(toText(value));
  const bytes = Buffer.alloc(8);
  if (typeof value === "bigint" || Number.isSafeInteger(value)) bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
  else bytes.writeDoubleLE(value);
  return bytes;
}

/** Writes every named group of the first match; the value itself stays. Only texts are looked at. */
export function extractAction(key: string, pattern: Pattern): ApplyAction {
  return (attributes) => {
    const value = attributes.get(key);
    const match = typeof value === "string" ? pattern.first(value) : undefined;
    if (match === undefined) return;
    for (const [group, name] of pattern.groupNames) attributes.set(name, match.groups[group] ?? "");
  };
}

/** A value that cannot be converted stays as it is. */
export function convertAction(key: string, type: "int" | "double" | "string"): ApplyAction {
  return (attributes) => {
    const value = attributes.get(key);
    const converted = value === undefined || value === null ? undefined : convert(value, type);
    if (converted !== undefined) attributes.set(key, converted);
  };
}

function convert(value: AttributeValue, type: "int" | "double" | "string"): AttributeValue | undefined {
  if (type === "string") return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : toText(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "bigint") return type === "int" ? value : Number(value);
  if (typeof value === "number") return type === "int" ? Math.trunc(value) : value;
  if (typeof value !== "string") return undefined;
  if (type === "double") return parseDouble(value);
  const exact = parseInteger(value, 10);
  if (exact === undefined) return undefined;
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}
