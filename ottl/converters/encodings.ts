import { createHash } from "node:crypto";
import { EvaluationError } from "../evaluation-error.ts";
import { converter } from "../function-definition.ts";
import { TextBudget } from "../text-budget.ts";
import { typeName } from "../value.ts";

const hash = (name: string, algorithm: string) =>
  converter(name, ["value"], (args) => {
    const value = args.string("value");
    return (frame) => createHash(algorithm).update(value(frame)).digest("hex");
  });

const VARIANTS = ["base64", "base64-raw", "base64-url", "base64-raw-url"];

/** Digests in hexadecimal, base64, and the ids of traces and spans. */
export const ENCODING_CONVERTERS = [
  hash("MD5", "md5"),
  hash("SHA1", "sha1"),
  hash("SHA256", "sha256"),
  hash("SHA512", "sha512"),
  converter("Base64Encode", ["value", "variant?"], (args) => {
    const value = args.string("value");
    const variant = args.has("variant") ? args.literalString("variant", VARIANTS) : "base64";
    return (frame) => new TextBudget().spend(encode(Buffer.from(value(frame)), variant));
  }),
  converter("Base64Decode", ["value"], (args) => {
    const value = args.string("value");
    return (frame) => decode(value(frame), "base64");
  }),
  converter("Decode", ["value", "encoding"], (args) => {
    const value = args.string("value");
    const encoding = args.literalString("encoding", [...VARIANTS, "utf-8"]);
    return (frame) => (encoding === "utf-8" ? value(frame) : decode(value(frame), encoding));
  }),
  identifier("TraceID", 16),
  identifier("SpanID", 8),
];

function encode(bytes: Buffer, variant: string): string {
  const text = bytes.toString(variant.endsWith("url") ? "base64url" : "base64");
  if (variant === "base64-raw") return text.split("=")[0] as string;
  return variant === "base64-url" ? text.padEnd(Math.ceil(text.length / 4) * 4, "=") : text;
}

function decode(text: string, variant: string): string {
  const bytes = Buffer.from(text, variant.endsWith("url") ? "base64url" : "base64");
  // Node skips what it does not know; a text that does not come out again was no base64.
  if (encode(bytes, variant) !== text) throw new EvaluationError("the value is not encoded as it should be");
  return bytes.toString("utf8");
}

function identifier(name: string, sizeBytes: number) {
  return converter(name, ["value"], (args) => {
    const get = args.any("value");
    return (frame) => {
      const value = get(frame);
      const bytes = typeof value === "string" ? Buffer.from(value, "hex") : value;
      if (!(bytes instanceof Uint8Array))
        throw new EvaluationError(`${name}: value must be bytes, got ${typeName(value)}`);
      const isWhole = typeof value !== "string" || value.length === sizeBytes * 2;
      if (bytes.length !== sizeBytes || !isWhole)
        throw new EvaluationError(`${name}: value must be ${sizeBytes} bytes`);
      return new Uint8Array(bytes);
    };
  });
}
