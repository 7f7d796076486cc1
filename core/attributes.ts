/** A value as OTLP's AnyValue has it. 64-bit integers beyond 2^53 are `bigint`, never a rounded `number`. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The part of a program that made the records: OTLP's instrumentation scope. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: Attributes;
  readonly schema_url: string;
}

/** What produced the records: shared by every record of a batch. */
export interface Resource {
  readonly attributes: Attributes;
  /** Where its attributes are described; missing = nowhere. */
  readonly schema_url?: string;
  /** Missing where a source tells none. */
  readonly scope?: Scope;
}

export const EMPTY_ATTRIBUTES: Attributes = Object.freeze({});
export const EMPTY_RESOURCE: Resource = Object.freeze({ attributes: EMPTY_ATTRIBUTES });

/**
 * JSON of one value, the only place that decides how exotic values look: bigint as a decimal string (as OTLP/JSON
 * has int64), bytes as base64, NaN and infinities as strings.
 */
export function toJson(value: AttributeValue): string {
  return JSON.stringify(value, jsonReplacer) ?? "null";
}

function jsonReplacer(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  // JSON.stringify has already called Buffer.toJSON by the time the replacer sees a Buffer.
  if (isBufferJson(value)) return Buffer.from(value.data).toString("base64");
  return value;
}

function isBufferJson(value: unknown): value is { data: number[] } {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    value.type === "Buffer" &&
    "data" in value &&
    Array.isArray(value.data)
  );
}

/** Text of a value for people and for string matching; structured values as JSON. */
export function toText(value: AttributeValue | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "object") return toJson(value);
  return String(value);
}

/**
 * Attributes that many records share: one object per session or per file, not one per record. Immutable; the encoded
 * form is made once. An encoder may copy `jsonMembers` without looking at the attributes.
 */
export class AttributeSet {
  readonly attributes: Attributes;
  /** Sets with the same names share one array, so that comparing the arrays compares the names. */
  readonly names: readonly string[];
  #jsonMembers: Buffer | undefined;

  constructor(attributes: Attributes) {
    this.attributes = Object.freeze({ ...attributes });
    this.names = internNames(Object.keys(this.attributes));
  }

  /** `"a":1,"b":"x"`: UTF-8, without the braces; empty when there are no attributes. */
  get jsonMembers(): Buffer {
    this.#jsonMembers ??= unpooled(toJson(this.attributes).slice(1, -1));
    return this.#jsonMembers;
  }
}

/** `text` in memory of its own: in Node's pool, a set that lives long would keep the pool's 8 KiB around it alive. */
function unpooled(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

const MAX_INTERNED = 1000;
const interned = new Map<string, readonly string[]>();

function internNames(names: readonly string[]): readonly string[] {
  const key = JSON.stringify(names);
  const known = interned.get(key);
  if (known !== undefined) return known;
  if (interned.size < MAX_INTERNED) interned.set(key, names);
  return names;
}
