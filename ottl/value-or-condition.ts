import type { ConditionNode, ValueNode } from "./syntax.ts";
import { SyntaxMistake } from "./token-cursor.ts";

/** @throws SyntaxMistake when it is a condition. */
export function asValue(node: ValueNode | ConditionNode): ValueNode {
  switch (node.kind) {
    case "comparison":
    case "and":
    case "or":
    case "not":
      throw new SyntaxMistake(node.at, "a condition cannot stand where a value is needed");
    default:
      return node;
  }
}

/** @throws SyntaxMistake when it is a value that is never true or false. */
export function asCondition(node: ValueNode | ConditionNode): ConditionNode {
  switch (node.kind) {
    case "comparison":
    case "and":
    case "or":
    case "not":
    case "call":
      return node;
    case "literal":
      if (typeof node.value === "boolean") return node;
  }
  throw new SyntaxMistake(node.at, "a condition is a comparison, a converter that gives a bool, true or false");
}
