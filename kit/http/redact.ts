import type { Secret } from "../schema-types.ts";

/** Shorter ones are too likely to be a part of something else. */
const MIN_LENGTH = 4;

/**
 * Takes secrets out of a text: servers repeat in their answers what they were sent. Each word of a header's value counts
 * as well, because `Bearer x` is often repeated as `x`.
 */
export function createRedact(secrets: readonly Secret[]): (text: string) => string {
  const words = secrets.flatMap((secret) => [secret.reveal(), ...secret.reveal().split(" ")]);
  const known = [...new Set(words)].filter(({ length }) => length >= MIN_LENGTH);
  known.sort((a, b) => b.length - a.length);
  return (text) => known.reduce((rest, word) => rest.replaceAll(word, "[redacted]"), text);
}
