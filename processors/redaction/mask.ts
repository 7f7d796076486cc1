import { createHash, createHmac } from "node:crypto";
import type { Pattern } from "#core/pattern.ts";
import type { Secret } from "#kit/schema-types.ts";

/** What stands for a secret: asterisks, or a digest of it. */
export type Mask = (secret: string) => string;

const ALGORITHMS = { md5: "md5", sha1: "sha1", sha3: "sha3-256" } as const;

export function createMask(
  hashFunction: keyof typeof ALGORITHMS | "hmac-sha256" | "hmac-sha512" | undefined,
  key: Secret | undefined,
): Mask {
  switch (hashFunction) {
    case undefined:
      return () => "****";
    case "hmac-sha256":
    case "hmac-sha512": {
      const algorithm = hashFunction === "hmac-sha256" ? "sha256" : "sha512";
      return (secret) =>
        createHmac(algorithm, key?.reveal() ?? "")
          .update(secret)
          .digest("hex");
    }
    default:
      return (secret) => createHash(ALGORITHMS[hashFunction]).update(secret).digest("hex");
  }
}

/** Most characters that masking may add to one value: digests are longer than what they stand for. */
const MAX_GROWTH = 1024 * 1024;

/** Longest that the matches of one pattern in one value may take, in milliseconds. */
const MAX_MS = 250;

/**
 * `text` with everything that a pattern finds masked, one pattern after the other. A text that would grow too large or
 * take too long (finding all matches is not linear, even with RE2) is masked whole: when in doubt, nothing leaks.
 */
export function maskFound(text: string, patterns: readonly Pattern[], mask: Mask, monotonicMs: () => number): string {
  return patterns.reduce((masked, pattern) => maskOne(masked, pattern, mask, monotonicMs), text);
}

function maskOne(text: string, pattern: Pattern, mask: Mask, monotonicMs: () => number): string {
  if (!pattern.test(text)) return text;
  const end = monotonicMs() + MAX_MS;
  let out = "";
  let done = 0;
  for (const match of pattern.matches(text)) {
    // Nothing is no secret: a mask for it would stand between all characters.
    if (match.end === match.start) continue;
    out += text.slice(done, match.start) + mask(text.slice(match.start, match.end));
    done = match.end;
    if (out.length > text.length + MAX_GROWTH || monotonicMs() > end) return mask(text);
  }
  return out + text.slice(done);
}
