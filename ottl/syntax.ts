import type { ComparisonOperator } from "./compare.ts";
import type { Value } from "./value.ts";

/** Where a part starts, in UTF-16 units from the start of the text. */
interface Placed {
  readonly at: number;
}

interface LiteralNode extends Placed {
  readonly kind: "literal";
  readonly value: Value;
}

/** `SEVERITY_NUMBER_WARN`. */
interface EnumNode extends Placed {
  readonly kind: "enum";
  readonly name: string;
}

export interface PathField extends Placed {
  readonly name: string;
  readonly keys: readonly ValueNode[];
}

/** `log.attributes["a"][0]`: a first field without keys may be the context. */
export interface PathNode extends Placed {
  readonly kind: "path";
  readonly fields: readonly PathField[];
}

export interface ArgumentNode extends Placed {
  /** Undefined for an argument that goes by its place. */
  readonly name: string | undefined;
  readonly value: ValueNode | FunctionNode;
}

/** `SHA256` without parentheses: a function handed to another one. */
export interface FunctionNode extends Placed {
  readonly kind: "function";
  readonly name: string;
}

export interface CallNode extends Placed {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
  readonly keys: readonly ValueNode[];
}

interface ListNode extends Placed {
  readonly kind: "list";
  readonly items: readonly ValueNode[];
}

interface MapNode extends Placed {
  readonly kind: "map";
  readonly entries: readonly (readonly [string, ValueNode])[];
}

export type ArithmeticOperator = "+" | "-" | "*" | "/";

/** `first op operand op operand …`, all of one precedence, from the left. */
interface ArithmeticNode extends Placed {
  readonly kind: "arithmetic";
  readonly first: ValueNode;
  readonly rest: readonly { readonly operator: ArithmeticOperator; readonly operand: ValueNode }[];
}

interface ComparisonNode extends Placed {
  readonly kind: "comparison";
  readonly operator: ComparisonOperator;
  readonly left: ValueNode;
  readonly right: ValueNode;
}

interface LogicNode extends Placed {
  readonly kind: "and" | "or";
  readonly operands: readonly ConditionNode[];
}

interface NotNode extends Placed {
  readonly kind: "not";
  readonly operand: ConditionNode;
}

export type ValueNode = LiteralNode | EnumNode | PathNode | CallNode | ListNode | MapNode | ArithmeticNode;
/** A call and the literals true and false are conditions as they are. */
export type ConditionNode = ComparisonNode | LogicNode | NotNode | CallNode | LiteralNode;

export interface StatementNode {
  readonly editor: CallNode;
  readonly where: ConditionNode | undefined;
}
