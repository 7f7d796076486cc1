import type { Attributes, AttributeValue } from "#core/attributes.ts";
import { toText } from "#core/attributes.ts";

/** What rules look at. Valid for the duration of one call: the engine keeps nothing of it. */
export interface SigmaRecord {
  /** The value of a field; undefined when the record has no such field, which is not the same as null. */
  field(name: string): AttributeValue | undefined;
  /** Every text that a keyword may stand in. */
  strings(): Iterable<string>;
}

/**
 * A record over plain attributes. A dotted name is looked up as it stands first and as a path into nested values
 * second; keywords look at all single values, however deep.
 */
export function toSigmaRecord(attributes: Attributes): SigmaRecord {
  return {
    field: (name) => (Object.hasOwn(attributes, name) ? attributes[name] : nestedField(attributes, name)),
    *strings() {
      for (const value of Object.values(attributes)) yield* leafTexts(value);
    },
  };
}

function nestedField(attributes: Attributes, name: string): AttributeValue | undefined {
  let value: AttributeValue | undefined = attributes;
  for (const part of name.split(".")) {
    if (!isStructure(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

function isStructure(value: AttributeValue | undefined): value is { readonly [key: string]: AttributeValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/**
 * The single values in a value as texts: the elements of lists and the members of structures. These are the texts that
 * a witness literal stands in.
 */
export function* leafTexts(value: AttributeValue | undefined): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* leafTexts(item);
  else if (isStructure(value)) for (const member of Object.values(value)) yield* leafTexts(member);
  else if (value !== undefined && value !== null) yield toText(value);
}
