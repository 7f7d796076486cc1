import type { AttributeValue } from "#core/attributes.ts";
import { pick, type Random } from "./random.ts";

const SCALARS: readonly AttributeValue[] = [
  "",
  "text",
  'größe "x"\n',
  "😀",
  "half \ud83d of a pair",
  "\udc00",
  "x".repeat(300),
  true,
  false,
  null,
  0,
  -0,
  1,
  127,
  128,
  -1,
  2 ** 31,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  2 ** 53,
  0.5,
  -1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 63n,
  2n ** 64n - 1n,
  -1n,
  0n,
  new Uint8Array(0),
  new Uint8Array([0, 255, 128]),
];

const KEYS = ["", "a", "b.c", 'q"uote', "größe", "__proto__", "\ud800"];

/** A value of any kind, lists and maps within each other included. */
export function randomValue(random: Random, depth = 0): AttributeValue {
  const kind = random();
  if (depth > 4 || kind < 0.7) return pick(random, SCALARS);
  const size = Math.floor(random() * 4);
  if (kind < 0.85) return Array.from({ length: size }, () => randomValue(random, depth + 1));
  return randomAttributes(random, size, depth + 1);
}

/** Up to `count` attributes. */
export function randomAttributes(random: Random, count: number, depth = 0): Record<string, AttributeValue> {
  const out = Object.create(null) as Record<string, AttributeValue>;
  for (let n = 0; n < count; n++) out[pick(random, KEYS)] = randomValue(random, depth);
  return out;
}
