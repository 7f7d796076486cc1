import { Compiler } from "./compile.ts";
import type { EditFrame, Test } from "./frame.ts";
import { type Mistake, Mistakes } from "./mistake.ts";
import { parseCondition, parseStatement } from "./parse.ts";
import { contextOf } from "./paths.ts";
import type { ContextName } from "./scope.ts";
import type { ArgumentNode, ConditionNode, PathNode, StatementNode, ValueNode } from "./syntax.ts";

/** A mistake and the text it is in, by its position in the list that was given. */
export interface GroupMistake extends Mistake {
  readonly list: "conditions" | "statements";
  readonly index: number;
}

/** Statements and conditions that are compiled for one context. */
export interface Group {
  readonly context: ContextName;
  readonly conditions: readonly Test[];
  /** Each tells whether its own condition held. */
  readonly statements: readonly ((frame: EditFrame) => boolean)[];
}

/**
 * Compiles texts that belong together. Without a context it is the narrowest that their paths name, and the log
 * context for paths that name none. Every text is looked at, so that all mistakes are found.
 */
export function compileGroup(texts: {
  readonly context?: ContextName | undefined;
  readonly conditions: readonly string[];
  readonly statements: readonly string[];
}): Group | readonly GroupMistake[] {
  const conditions = texts.conditions.map((text) => read(text, parseCondition));
  const statements = texts.statements.map((text) => read(text, parseStatement));
  const context =
    texts.context ?? inferContext([...conditions.map(({ node }) => node), ...statements.map(({ node }) => node)]);
  const group: Group = {
    context,
    conditions: conditions.map(({ node, mistakes }) =>
      node === undefined ? () => false : new Compiler(context, mistakes).condition(node),
    ),
    statements: statements.map(({ node, mistakes }) =>
      node === undefined ? () => false : new Compiler(context, mistakes).statement(node),
    ),
  };
  const found = [...placed("conditions", conditions), ...placed("statements", statements)];
  return found.length === 0 ? group : found;
}

interface Read<Node> {
  readonly node: Node | undefined;
  readonly mistakes: Mistakes;
}

function read<Node>(text: string, parse: (text: string, mistakes: Mistakes) => Node | undefined): Read<Node> {
  const mistakes = new Mistakes(text);
  return { node: parse(text, mistakes), mistakes };
}

function placed(list: GroupMistake["list"], reads: readonly Read<unknown>[]): GroupMistake[] {
  return reads.flatMap(({ mistakes }, index) => mistakes.found.map((mistake) => ({ ...mistake, list, index })));
}

function inferContext(nodes: readonly (ConditionNode | StatementNode | undefined)[]): ContextName {
  const contexts = new Set<ContextName>();
  for (const node of nodes) {
    if (node === undefined) continue;
    const parts = "editor" in node ? [node.editor, ...(node.where === undefined ? [] : [node.where])] : [node];
    for (const part of parts) for (const path of pathsIn(part)) contexts.add(contextOf(path, "log").context);
  }
  if (contexts.size === 0 || contexts.has("log")) return "log";
  return contexts.has("scope") ? "scope" : "resource";
}

/** Every path below a node. Depth is bounded by the parser. */
function* pathsIn(node: ConditionNode | ValueNode | ArgumentNode["value"]): Generator<PathNode> {
  switch (node.kind) {
    case "path":
      yield node;
      for (const { keys } of node.fields) for (const key of keys) yield* pathsIn(key);
      break;
    case "call":
      for (const { value } of node.arguments) yield* pathsIn(value);
      for (const key of node.keys) yield* pathsIn(key);
      break;
    case "list":
      for (const item of node.items) yield* pathsIn(item);
      break;
    case "map":
      for (const [, value] of node.entries) yield* pathsIn(value);
      break;
    case "arithmetic":
      yield* pathsIn(node.first);
      for (const { operand } of node.rest) yield* pathsIn(operand);
      break;
    case "comparison":
      yield* pathsIn(node.left);
      yield* pathsIn(node.right);
      break;
    case "and":
    case "or":
      for (const operand of node.operands) yield* pathsIn(operand);
      break;
    case "not":
      yield* pathsIn(node.operand);
      break;
    default:
      break;
  }
}
