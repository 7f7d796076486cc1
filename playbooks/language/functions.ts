import { parseIpAddress, parseIpNetwork } from "#kit/ip-address.ts";
import { matchesGlob } from "./glob.ts";
import type { Value } from "./parse-expression.ts";

/** Functions by name. Pure, total, and at most linear in what they are given times a pattern. */
export type Functions = Readonly<Record<string, (args: readonly Value[]) => Value>>;

/** What only the responder knows; where there is none (matching alerts), nothing is protected. */
export interface Protection {
  /** Whether this account or address must not be touched. */
  protected(value: string): boolean;
  isProxy(address: string): boolean;
}

const NOTHING: Protection = { protected: () => false, isProxy: () => false };

export function createFunctions(protection: Protection = NOTHING): Functions {
  return {
    exists: ([value]) => value !== null && value !== undefined,
    length: ([value]) => (typeof value === "string" || Array.isArray(value) ? value.length : null),
    lower: ([value]) => (typeof value === "string" ? value.toLowerCase() : null),
    starts_with: texts((text, start) => text.startsWith(start)),
    ends_with: texts((text, end) => text.endsWith(end)),
    contains: ([value, part]) => (typeof value === "string" || Array.isArray(value)) && includes(value, part ?? null),
    glob: texts((text, pattern) => matchesGlob(pattern, text)),
    in_network: texts((text, range) => {
      const address = parseIpAddress(text);
      return address !== undefined && (parseIpNetwork(range)?.contains(address) ?? false);
    }),
    protected: ([value]) => typeof value === "string" && protection.protected(value),
    is_proxy: ([value]) => typeof value === "string" && protection.isProxy(value),
  };
}

export const FUNCTION_NAMES: readonly string[] = Object.keys(createFunctions());

function texts(test: (a: string, b: string) => boolean): Functions[string] {
  return ([a, b]) => typeof a === "string" && typeof b === "string" && test(a, b);
}

function includes(value: string | readonly Value[], part: Value): boolean {
  if (typeof value === "string") return typeof part === "string" && value.includes(part);
  return value.includes(part);
}
