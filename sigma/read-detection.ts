import { nearestName } from "#core/nearest-name.ts";
import type { Expression, ItemExpression } from "./expression.ts";
import type { FieldTest } from "./field-test.ts";
import { MODIFIERS, readModifiers, type ModifierChain } from "./modifiers.ts";
import { compileFieldReference, contains, equals } from "./operators.ts";
import type { Position, ProblemList } from "./rule-problem.ts";
import type { MapEntry, RuleNode, ScalarNode } from "./rule-tree.ts";

/**
 * Reads one search identifier: a map is AND of its items, a list is OR of its members, a plain text is a keyword.
 * Returns undefined when there was a problem.
 */
export function readDetection(node: RuleNode, problems: ProblemList): Expression | undefined {
  const errorsBefore = problems.errors;
  const expression = readMember(node, problems);
  return problems.errors === errorsBefore ? expression : undefined;
}

function readMember(node: RuleNode, problems: ProblemList): Expression | undefined {
  if (node.kind === "map") {
    if (node.entries.length === 0) problems.error(node.at, "a selection needs at least one item");
    return combine(
      "and",
      node.entries.map((entry) => readItem(entry, problems)),
    );
  }
  if (node.kind === "scalar") return readItem({ key: "", keyAt: node.at, value: node }, problems);
  if (node.items.length === 0) problems.error(node.at, "a selection needs at least one member");
  return combine(
    "or",
    node.items.map((item) => readMember(item, problems)),
  );
}

function combine(kind: "and" | "or", parts: readonly (Expression | undefined)[]): Expression | undefined {
  const read = parts.filter((part) => part !== undefined);
  return read.length === 1 ? read[0] : { kind, parts: read };
}

/** `field|modifier|modifier: value or values`; without a field the values are keywords. */
function readItem({ key, keyAt, value }: MapEntry, problems: ProblemList): Expression | undefined {
  const [name = "", ...modifierNames] = key.split("|");
  const field = name === "" ? undefined : name;
  const chain = readModifiers(modifierNames);
  if ("reason" in chain) {
    problems.error(keyAt, chain.reason, nearestModifier(chain.name));
    return undefined;
  }
  const values = readValues(value, problems);
  if (values === undefined) return undefined;
  warnOfOddValues(values, chain, keyAt, problems);
  const tests = values.flatMap((scalar) => compileValue(scalar, field, chain, problems) ?? []);
  if (tests.length === 0) return undefined;
  const item: ItemExpression = { kind: "item", field, tests, join: chain.options.all ? "all" : "any" };
  return chain.options.neq ? { kind: "not", part: item } : item;
}

function nearestModifier(name: string): string | undefined {
  return MODIFIERS.has(name) ? undefined : nearestName(name, MODIFIERS.keys());
}

/** The values of an item; an empty list means null (the field is absent). */
function readValues(node: RuleNode, problems: ProblemList): ScalarNode[] | undefined {
  if (node.kind === "scalar") return [node];
  if (node.kind === "map") {
    problems.error(node.at, "the value of a field is a text, number, boolean, null or a list of them");
    return undefined;
  }
  if (node.items.length === 0) return [{ kind: "scalar", at: node.at, value: null }];
  const scalars = node.items.filter((item) => item.kind === "scalar");
  for (const item of node.items) {
    if (item.kind !== "scalar") problems.error(item.at, "a list of values holds only single values");
    else if (item.value === null) problems.error(item.at, "null stands alone; write a selection of its own for it");
  }
  return scalars;
}

function warnOfOddValues(
  values: readonly ScalarNode[],
  { operator, options }: ModifierChain,
  at: Position,
  problems: ProblemList,
): void {
  if (options.all && values.length === 1) problems.warning(at, "all has no effect on a single value");
  if (operator === equals) return;
  for (const { value, at: valueAt } of values) {
    if (value === "") problems.warning(valueAt, "an empty text matches every record that has the field");
  }
}

function compileValue(
  { value, at }: ScalarNode,
  field: string | undefined,
  { operator, options }: ModifierChain,
  problems: ProblemList,
): FieldTest | undefined {
  let test: FieldTest | string;
  if (field === undefined) {
    // A keyword may stand anywhere in a text.
    const search = operator === equals ? contains : operator;
    if (value === null) test = "a keyword cannot be null";
    else if (!search.forKeywords || options.fieldref) test = "this modifier needs a field";
    else test = search.compile(value, options);
  } else if (options.fieldref) {
    test = typeof value === "string" ? compileFieldReference(value, operator, options) : "fieldref takes a field name";
  } else test = operator.compile(value, options);
  if (typeof test !== "string") return test;
  problems.error(at, test);
  return undefined;
}
