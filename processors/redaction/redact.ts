import { type Attributes, type AttributeValue, toText } from "#core/attributes.ts";
import type { Pattern } from "#core/pattern.ts";
import { type Mask, maskFound } from "./mask.ts";
import type { Summary } from "./summary.ts";

export interface RedactionRules {
  readonly isIgnored: (key: string) => boolean;
  readonly isRemoved: (key: string) => boolean;
  readonly isMasked: (key: string) => boolean;
  readonly isAllowed: (value: string) => boolean;
  readonly blockedValues: readonly Pattern[];
  readonly mask: Mask;
  readonly monotonicMs: () => number;
  readonly allTypes: boolean;
}

/** Deepest nesting that is looked into; what lies deeper is masked whole. */
const MAX_DEPTH = 64;

/** What is left of attributes; the same object when nothing was to be done. */
export function redactAttributes(attributes: Attributes, rules: RedactionRules, summary: Summary): Attributes {
  const out: Record<string, AttributeValue> = Object.create(null) as Record<string, AttributeValue>;
  let changed = false;
  for (const [key, value] of Object.entries(attributes)) {
    if (rules.isIgnored(key)) summary.ignored.push(key);
    else if (rules.isRemoved(key)) {
      summary.removed.push(key);
      changed = true;
      continue;
    }
    const kept = rules.isIgnored(key) ? value : redactAttribute(key, value, rules, summary);
    changed ||= kept !== value;
    out[key] = kept;
  }
  return changed ? out : attributes;
}

function redactAttribute(key: string, value: AttributeValue, rules: RedactionRules, summary: Summary): AttributeValue {
  // Only the names of attributes themselves must be allowed, not those of members within one.
  if (isStructure(value) && !rules.isMasked(key)) {
    return redactNested(key, value, { ...rules, isRemoved: () => false }, summary, 0);
  }
  const text = typeof value === "string" || rules.allTypes || rules.isMasked(key) ? toText(value) : undefined;
  if (text === undefined) return value;
  if (rules.isAllowed(text)) {
    summary.allowed.push(key);
    return value;
  }
  const masked = rules.isMasked(key)
    ? rules.mask(text)
    : maskFound(text, rules.blockedValues, rules.mask, rules.monotonicMs);
  if (masked === text) return value;
  summary.masked.push(key);
  return masked;
}

/** The body: a text, or a structure whose members are treated as attributes are. */
export function redactBody(body: AttributeValue, rules: RedactionRules, summary: Summary): AttributeValue {
  return isStructure(body) ? redactNested("", body, rules, summary, 0) : redactScalar("body", body, rules, summary);
}

function redactNested(
  path: string,
  value: AttributeValue,
  rules: RedactionRules,
  summary: Summary,
  depth: number,
): AttributeValue {
  if (!isStructure(value)) return redactScalar(path, value, rules, summary);
  if (depth >= MAX_DEPTH) {
    summary.masked.push(path);
    // Not of its text: writing that down would go as deep.
    return rules.mask("");
  }
  if (isList(value)) {
    const elements = value.map((element, i) => redactNested(join(path, `[${i}]`), element, rules, summary, depth + 1));
    return elements.some((element, i) => element !== value[i]) ? elements : value;
  }
  const out: Record<string, AttributeValue> = Object.create(null) as Record<string, AttributeValue>;
  let changed = false;
  for (const [key, member] of Object.entries(value as Attributes)) {
    const name = join(path, key);
    if (rules.isIgnored(key)) {
      summary.ignored.push(name);
      out[key] = member;
    } else if (rules.isRemoved(key)) {
      summary.removed.push(name);
      changed = true;
    } else if (rules.isMasked(key)) {
      summary.masked.push(name);
      out[key] = rules.mask(toText(member));
      changed = true;
    } else {
      const kept = redactNested(name, member, rules, summary, depth + 1);
      changed ||= kept !== member;
      out[key] = kept;
    }
  }
  return changed ? out : value;
}

function redactScalar(path: string, value: AttributeValue, rules: RedactionRules, summary: Summary): AttributeValue {
  const text = toText(value);
  if (rules.isAllowed(text)) {
    summary.allowed.push(path);
    return value;
  }
  const masked = maskFound(text, rules.blockedValues, rules.mask, rules.monotonicMs);
  if (masked === text) return value;
  summary.masked.push(path);
  return masked;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function isStructure(value: AttributeValue): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array);
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
