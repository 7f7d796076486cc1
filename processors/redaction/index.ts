import * as z from "zod";
import { defineProcessor } from "#core/factory.ts";
import { secret } from "#kit/schema-types.ts";
import { patterns } from "./patterns.ts";
import { RedactionProcessor } from "./redaction-processor.ts";

const config = z
  .strictObject({
    allow_all_keys: z
      .boolean()
      .default(false)
      .describe("Keep attributes whatever they are called; otherwise only `allowed_keys`."),
    allowed_keys: z.array(z.string()).default([]).describe("Attributes that are kept; all others are removed."),
    ignored_keys: z.array(z.string()).default([]).describe("Attributes that are kept and never changed."),
    ignored_key_patterns: patterns().describe("RE2 expressions of keys that are kept and never changed."),
    blocked_key_patterns: patterns().describe("RE2 expressions of keys whose whole value is masked."),
    blocked_values: patterns().describe("RE2 expressions; what they find in a value is masked."),
    allowed_values: patterns().describe("RE2 expressions; a value in which one is found stays as it is."),
    redact_all_types: z.boolean().default(false).describe("Look at attributes that are no texts, too, as their text."),
    hash_function: z
      .enum(["md5", "sha1", "sha3", "hmac-sha256", "hmac-sha512"])
      .optional()
      .describe("Write a digest instead of `****`; sha3 is SHA3-256."),
    hmac_key: secret().optional().describe("Key of hmac-sha256 and hmac-sha512."),
    summary: z
      .enum(["debug", "info", "silent"])
      .default("silent")
      .describe("Attributes that tell what was done: `debug` names and counts, `info` counts, `silent` none."),
  })
  .refine(({ hash_function, hmac_key }) => (hash_function?.startsWith("hmac") === true) === (hmac_key !== undefined), {
    path: ["hmac_key"],
    message: "hmac_key goes with hash_function hmac-sha256 or hmac-sha512, which need it",
  });

export const redactionProcessor = defineProcessor({
  type: "redaction",
  stability: "alpha",
  summary: "Removes attributes that are not allowed and masks secrets in values and bodies.",
  config,
  create: (options, context, next) => new RedactionProcessor(options, context.clock, next),
});
