import type { ItemOptions } from "./field-test.ts";
import * as operators from "./operators.ts";
import type { Operator } from "./operators.ts";

/** What a modifier does to its detection item. */
export type Modifier =
  | { readonly role: "operator"; readonly operator: Operator }
  | { readonly role: "option"; readonly option: keyof ItemOptions; readonly onlyWith?: Operator }
  /** Known to Sigma and refused here: a rule with it must not load, because it could never fire as meant. */
  | { readonly role: "unsupported" };

const unsupported: Modifier = { role: "unsupported" };

/** Every modifier of Sigma 2.1, by the name that rules use. */
export const MODIFIERS: ReadonlyMap<string, Modifier> = new Map<string, Modifier>([
  ["contains", { role: "operator", operator: operators.contains }],
  ["startswith", { role: "operator", operator: operators.startsWith }],
  ["endswith", { role: "operator", operator: operators.endsWith }],
  ["exists", { role: "operator", operator: operators.exists }],
  ["re", { role: "operator", operator: operators.regex }],
  ["cidr", { role: "operator", operator: operators.cidr }],
  ["lt", { role: "operator", operator: operators.lessThan }],
  ["lte", { role: "operator", operator: operators.atMost }],
  ["gt", { role: "operator", operator: operators.greaterThan }],
  ["gte", { role: "operator", operator: operators.atLeast }],
  ["all", { role: "option", option: "all" }],
  ["cased", { role: "option", option: "cased" }],
  ["neq", { role: "option", option: "neq" }],
  ["fieldref", { role: "option", option: "fieldref" }],
  ["i", { role: "option", option: "ignoreCase", onlyWith: operators.regex }],
  ["ignorecase", { role: "option", option: "ignoreCase", onlyWith: operators.regex }],
  ["m", { role: "option", option: "multiline", onlyWith: operators.regex }],
  ["multiline", { role: "option", option: "multiline", onlyWith: operators.regex }],
  ["s", { role: "option", option: "dotAll", onlyWith: operators.regex }],
  ["dotall", { role: "option", option: "dotAll", onlyWith: operators.regex }],
  ["windash", unsupported],
  ["base64", unsupported],
  ["base64offset", unsupported],
  ["wide", unsupported],
  ["utf16", unsupported],
  ["utf16le", unsupported],
  ["utf16be", unsupported],
  ["expand", unsupported],
  ["minute", unsupported],
  ["hour", unsupported],
  ["day", unsupported],
  ["week", unsupported],
  ["month", unsupported],
  ["year", unsupported],
]);

/** What the modifiers of one item come to. */
export interface ModifierChain {
  readonly operator: Operator;
  readonly options: ItemOptions;
}

const NO_OPTIONS: ItemOptions = {
  all: false,
  cased: false,
  neq: false,
  fieldref: false,
  ignoreCase: false,
  multiline: false,
  dotAll: false,
};

/** Reads the modifiers of an item in their order; a reason says why they do not go together. */
export function readModifiers(
  names: readonly string[],
): ModifierChain | { readonly reason: string; readonly name: string } {
  let operator: Operator | undefined;
  const options: { -readonly [K in keyof ItemOptions]: ItemOptions[K] } = { ...NO_OPTIONS };
  for (const [index, name] of names.entries()) {
    const modifier = MODIFIERS.get(name);
    if (modifier === undefined) return { name, reason: `unknown modifier "${name}"` };
    if (names.indexOf(name) !== index) return { name, reason: `modifier "${name}" stands twice` };
    if (modifier.role === "unsupported") return { name, reason: `modifier "${name}" is not supported` };
    if (modifier.role === "operator") {
      if (operator !== undefined) return { name, reason: `modifier "${name}" does not go with the one before it` };
      if (modifier.operator === operators.regex && index > 0) return { name, reason: "re must be the first modifier" };
      operator = modifier.operator;
    } else {
      if (modifier.onlyWith !== undefined && modifier.onlyWith !== operator) {
        return { name, reason: `modifier "${name}" stands only behind re` };
      }
      options[modifier.option] = true;
    }
  }
  if (operator === operators.exists && names.length > 1) {
    return { name: "exists", reason: "exists does not go with another modifier" };
  }
  if (options.cased && operator === operators.regex) {
    return { name: "cased", reason: "re minds case already; leave cased out" };
  }
  return { operator: operator ?? operators.equals, options };
}
