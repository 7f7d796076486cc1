import type { Token } from "./tokens.ts";
import type { Value } from "./value.ts";

interface Literal {
  readonly value: Value;
  /** How many tokens it takes. */
  readonly tokens: number;
  /** Why it is none after all. */
  readonly reason?: string;
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** The literal that starts at a token; undefined when something else does. A sign belongs to the number behind it. */
export function parseLiteral(token: Token, after: Token | undefined): Literal | undefined {
  const signed = token.kind === "sign" && (token.text === "-" || token.text === "+");
  const number = signed ? after : token;
  const negative = signed && token.text === "-";
  const taken = signed ? 2 : 1;
  if (number?.kind === "int") {
    const value = BigInt(number.text) * (negative ? -1n : 1n);
    const fits = value >= MIN_INT64 && value <= MAX_INT64;
    return { value, tokens: taken, ...(fits ? {} : { reason: "the number does not fit into 64 bits" }) };
  }
  if (number?.kind === "double") return { value: Number(number.text) * (negative ? -1 : 1), tokens: taken };
  if (signed) return undefined;
  if (token.kind === "string") return { value: token.text, tokens: 1 };
  if (token.kind === "bytes") return { value: new Uint8Array(Buffer.from(token.text.slice(2), "hex")), tokens: 1 };
  if (token.kind !== "word") return undefined;
  switch (token.text) {
    case "true":
      return { value: true, tokens: 1 };
    case "false":
      return { value: false, tokens: 1 };
    case "nil":
      return { value: null, tokens: 1 };
    default:
      return undefined;
  }
}
