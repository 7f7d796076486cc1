import { ALERT_SEVERITIES } from "#core/alert.ts";
import { nearestName } from "#core/nearest-name.ts";
import { type Functions, FUNCTION_NAMES } from "./functions.ts";
import type { Comparison, Expression, Value } from "./parse-expression.ts";
import type { ExpressionProblem } from "./tokenize.ts";

/** What the names in an expression stand for. */
export interface Scope {
  /** Null for what is not there. */
  lookup(path: readonly string[]): Value;
  readonly functions: Functions;
}

/** Total: every expression has a value for every input, and nothing is thrown. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "list":
      return expression.items.map((item) => evaluate(item, scope));
    case "path":
      return scope.lookup(expression.path);
    case "call": {
      const { name, args } = expression;
      if (!Object.hasOwn(scope.functions, name)) return null;
      return scope.functions[name]?.(args.map((arg) => evaluate(arg, scope))) ?? null;
    }
    case "not":
      return !isTrue(evaluate(expression.of, scope));
    case "and":
      return isTrue(evaluate(expression.left, scope)) && isTrue(evaluate(expression.right, scope));
    case "or":
      return isTrue(evaluate(expression.left, scope)) || isTrue(evaluate(expression.right, scope));
    default:
      return compare(expression.op, evaluate(expression.left, scope), evaluate(expression.right, scope));
  }
}

/** Null and false are false; everything that is there is true. */
export function isTrue(value: Value): boolean {
  return value !== null && value !== false;
}

function compare(op: Comparison, left: Value, right: Value): boolean {
  if (op === "==") return left === right;
  if (op === "!=") return left !== right;
  if (op === "in") return Array.isArray(right) && right.includes(left);
  const [a, b] = [rank(left), rank(right)];
  // Things that have no order are not in order: a comparison with a missing number is false both ways.
  if (a === undefined || b === undefined || typeof left !== typeof right) return false;
  if (op === ">=") return a >= b;
  if (op === "<=") return a <= b;
  return op === ">" ? a > b : a < b;
}

/** Numbers are ordered, and so are severities. */
function rank(value: Value): number | undefined {
  if (typeof value === "number") return value;
  const severity = ALERT_SEVERITIES.findIndex((name) => name === value);
  return severity < 0 ? undefined : severity;
}

/** Names that are used and are not among the valid ones (paths such as `alert.user`), with the nearest that are. */
export function checkNames(expression: Expression, valid: readonly string[]): ExpressionProblem[] {
  const problems: ExpressionProblem[] = [];
  for (const node of nodesOf(expression)) {
    if (node.kind === "path") {
      const path = node.path.join(".");
      if (valid.includes(path)) continue;
      problems.push({ at: node.at, message: `unknown name "${path}"`, suggestion: nearestName(path, valid) });
    } else if (node.kind === "call" && !FUNCTION_NAMES.includes(node.name)) {
      const suggestion = nearestName(node.name, FUNCTION_NAMES);
      const message = `unknown function "${node.name}"; there are ${FUNCTION_NAMES.join(", ")}`;
      problems.push({ at: node.at, message, suggestion });
    }
  }
  return problems;
}

/** Whether the expression looks at something below this name. */
export function mentions(expression: Expression, name: string): boolean {
  for (const node of nodesOf(expression)) if (node.kind === "path" && node.path[0] === name) return true;
  return false;
}

function* nodesOf(expression: Expression): Generator<Expression> {
  yield expression;
  if (expression.kind === "list") for (const item of expression.items) yield* nodesOf(item);
  else if (expression.kind === "call") for (const arg of expression.args) yield* nodesOf(arg);
  else if (expression.kind === "not") yield* nodesOf(expression.of);
  else if (expression.kind === "and" || expression.kind === "or" || expression.kind === "compare") {
    yield* nodesOf(expression.left);
    yield* nodesOf(expression.right);
  }
}
