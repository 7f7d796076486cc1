import * as z from "zod";
import type { Attributes, AttributeValue, Resource, Scope } from "#core/attributes.ts";
import { toExactJson } from "./exact-json.ts";
import { ALIGNMENT } from "./pack-columns.ts";

export const HEAD_BYTES = 8;

/** Year 9999: beyond it there is no RFC 3339. */
const MAX_UNIX_NANO = 253_402_300_799_999_999_999n;

export const unixNano = z.bigint().min(0n).max(MAX_UNIX_NANO);

export const attributes = z.custom<Attributes>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array),
);

const scope = z.object({ name: z.string(), version: z.string(), attributes, schema_url: z.string() });
/** What a resource has beside attributes. */
export const described = { schema_url: z.string().optional(), scope: scope.optional() };

interface Described {
  readonly resource: Attributes;
  readonly schema_url?: string | undefined;
  readonly scope?: Scope | undefined;
}

export function fromResource({ attributes: own, schema_url, scope: by }: Resource) {
  return {
    resource: own,
    ...(schema_url === undefined ? {} : { schema_url }),
    ...(by === undefined ? {} : { scope: { ...by } }),
  };
}

export function toResource({ resource, schema_url, scope: by }: Described): Resource {
  return {
    attributes: resource,
    ...(schema_url === undefined ? {} : { schema_url }),
    ...(by === undefined ? {} : { scope: by }),
  };
}

/** Kind, length of the head, the head, and room for a body; the head ends in blanks so that the body is aligned. */
export function withHead(kind: string, head: AttributeValue, bodyBytes: number): { bytes: Buffer; body: Buffer } {
  const text = toExactJson(head);
  const length = Buffer.byteLength(text);
  const padded = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.allocUnsafeSlow(HEAD_BYTES + padded + bodyBytes);
  bytes.write(kind, "latin1");
  bytes.writeUInt32LE(padded, 4);
  bytes.write(text, HEAD_BYTES);
  bytes.fill(0x20, HEAD_BYTES + length, HEAD_BYTES + padded);
  return { bytes, body: bytes.subarray(HEAD_BYTES + padded) };
}
