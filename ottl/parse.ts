import type { ComparisonOperator } from "./compare.ts";
import { MAX_STATEMENT } from "./limits.ts";
import type { Mistakes } from "./mistake.ts";
import { parseLiteral } from "./parse-literal.ts";
import type {
  ArgumentNode,
  ArithmeticOperator,
  CallNode,
  ConditionNode,
  PathField,
  StatementNode,
  ValueNode,
} from "./syntax.ts";
import { SyntaxMistake, TokenCursor } from "./token-cursor.ts";
import { type Token, tokenize } from "./tokens.ts";
import { asCondition, asValue } from "./value-or-condition.ts";

/** Parses `editor(...) where condition`; undefined after a mistake, of which there is one at most. */
export function parseStatement(text: string, mistakes: Mistakes): StatementNode | undefined {
  return parse(text, mistakes, (parser) => parser.statement());
}

/** Parses what may stand behind `where`. */
export function parseCondition(text: string, mistakes: Mistakes): ConditionNode | undefined {
  return parse(text, mistakes, (parser) => parser.wholeCondition());
}

function parse<T>(text: string, mistakes: Mistakes, read: (parser: Parser) => T): T | undefined {
  if (text.length > MAX_STATEMENT) {
    mistakes.add(MAX_STATEMENT, `longer than ${MAX_STATEMENT} characters`);
    return undefined;
  }
  const tokens = tokenize(text, mistakes);
  if (tokens === undefined) return undefined;
  try {
    return read(new Parser(tokens));
  } catch (error) {
    if (!(error instanceof SyntaxMistake)) throw error;
    mistakes.add(error.at, error.message);
    return undefined;
  }
}

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
const KEYWORDS: ReadonlySet<string> = new Set(["and", "or", "not", "where"]);

/**
 * Recursive descent over one grammar for values and conditions, so that a parenthesis needs no second try: what stands
 * in it tells afterwards whether it was a sum or a condition. Time is linear in the tokens; depth is bounded.
 */
class Parser {
  readonly #at: TokenCursor;

  constructor(tokens: readonly Token[]) {
    this.#at = new TokenCursor(tokens);
  }

  statement(): StatementNode {
    const name = this.#at.peek;
    if (name.kind !== "word") throw this.#at.expected("an editor such as set(...)");
    if (!/^[a-z]/.test(name.text)) {
      throw new SyntaxMistake(
        name.start,
        `a statement starts with an editor, whose name is in lower case, not "${name.text}"`,
      );
    }
    this.#at.skip(1);
    if (!this.#at.is("(")) throw this.#at.expected(`( behind the editor ${name.text}`);
    const editor = this.#call(name);
    if (editor.keys.length > 0) throw new SyntaxMistake(editor.at, "what an editor gives cannot be indexed");
    const where = this.#at.takeWord("where") ? asCondition(this.#or()) : undefined;
    this.#at.end(where === undefined ? "where, or the end" : "and, or, or the end");
    return { editor, where };
  }

  wholeCondition(): ConditionNode {
    const condition = asCondition(this.#or());
    this.#at.end("and, or, or the end");
    return condition;
  }

  #or(): ValueNode | ConditionNode {
    return this.#logic("or", () => this.#logic("and", () => this.#not()));
  }

  #logic(kind: "and" | "or", operand: () => ValueNode | ConditionNode): ValueNode | ConditionNode {
    const first = operand();
    if (!this.#at.isWord(kind)) return first;
    const operands = [asCondition(first)];
    while (this.#at.takeWord(kind)) operands.push(asCondition(operand()));
    return { kind, operands, at: first.at };
  }

  #not(): ValueNode | ConditionNode {
    const at = this.#at.peek.start;
    let negations = 0;
    while (this.#at.takeWord("not")) negations++;
    const operand = this.#comparison();
    if (negations === 0) return operand;
    const condition = asCondition(operand);
    return negations % 2 === 1 ? { kind: "not", operand: condition, at } : condition;
  }

  #comparison(): ValueNode | ConditionNode {
    const left = this.#sum();
    const operator = this.#at.peek;
    if (operator.kind === "sign" && operator.text === "=") {
      throw new SyntaxMistake(operator.start, "write == to compare");
    }
    if (operator.kind !== "sign" || !COMPARISONS.has(operator.text)) return left;
    this.#at.skip(1);
    const right = asValue(this.#sum());
    return {
      kind: "comparison",
      operator: operator.text as ComparisonOperator,
      left: asValue(left),
      right,
      at: left.at,
    };
  }

  #sum(): ValueNode | ConditionNode {
    return this.#chain(["+", "-"], () => this.#chain(["*", "/"], () => this.#operand()));
  }

  #chain(
    operators: readonly ArithmeticOperator[],
    operand: () => ValueNode | ConditionNode,
  ): ValueNode | ConditionNode {
    const first = operand();
    const rest: { operator: ArithmeticOperator; operand: ValueNode }[] = [];
    for (;;) {
      const operator = operators.find((sign) => this.#at.is(sign));
      if (operator === undefined) break;
      this.#at.skip(1);
      rest.push({ operator, operand: asValue(operand()) });
    }
    return rest.length === 0 ? first : { kind: "arithmetic", first: asValue(first), rest, at: first.at };
  }

  #operand(): ValueNode | ConditionNode {
    const token = this.#at.peek;
    if (token.kind === "sign") {
      if (token.text === "(") return this.#at.nested(() => this.#group());
      if (token.text === "[") return this.#at.nested(() => this.#list());
      if (token.text === "{") return this.#at.nested(() => this.#map());
    }
    const literal = parseLiteral(this.#at.peek, this.#at.after(1));
    if (literal !== undefined) {
      if (literal.reason !== undefined) throw new SyntaxMistake(token.start, literal.reason);
      this.#at.skip(literal.tokens);
      return { kind: "literal", value: literal.value, at: token.start };
    }
    if (token.kind !== "word" || KEYWORDS.has(token.text)) throw this.#at.expected("a value");
    this.#at.skip(1);
    if (this.#at.is("(")) {
      if (!/^[A-Z]/.test(token.text)) {
        throw new SyntaxMistake(
          token.start,
          `"${token.text}" is an editor or unknown; only converters, which start in upper case, give a value`,
        );
      }
      return this.#call(token);
    }
    if (/^[a-z]/.test(token.text)) return this.#path(token);
    return { kind: "enum", name: token.text, at: token.start };
  }

  #group(): ValueNode | ConditionNode {
    this.#at.skip(1);
    const inner = this.#or();
    this.#at.need(")");
    return inner;
  }

  #list(): ValueNode {
    const at = this.#at.peek.start;
    this.#at.skip(1);
    const items: ValueNode[] = [];
    if (!this.#at.take("]")) {
      do items.push(this.#value());
      while (this.#at.take(","));
      this.#at.need("]");
    }
    return { kind: "list", items, at };
  }

  #map(): ValueNode {
    const at = this.#at.peek.start;
    this.#at.skip(1);
    const entries: [string, ValueNode][] = [];
    while (!this.#at.take("}")) {
      if (entries.length > 0) {
        this.#at.need(",");
        if (this.#at.take("}")) break;
      }
      const key = this.#at.peek;
      if (key.kind !== "string") throw this.#at.expected('a key between "');
      this.#at.skip(1);
      this.#at.need(":");
      entries.push([key.text, this.#value()]);
    }
    return { kind: "map", entries, at };
  }

  #path(first: Token): ValueNode {
    const fields: PathField[] = [{ name: first.text, keys: this.#keys(), at: first.start }];
    while (this.#at.take(".")) {
      const name = this.#at.peek;
      if (name.kind !== "word" || !/^[a-z][a-z0-9_]*$/.test(name.text))
        throw this.#at.expected("a field in lower case");
      this.#at.skip(1);
      fields.push({ name: name.text, keys: this.#keys(), at: name.start });
    }
    return { kind: "path", fields, at: first.start };
  }

  #keys(): ValueNode[] {
    const keys: ValueNode[] = [];
    while (this.#at.is("[")) {
      keys.push(
        this.#at.nested(() => {
          this.#at.skip(1);
          const key = this.#value();
          this.#at.need("]");
          return key;
        }),
      );
    }
    return keys;
  }

  #call(name: Token): CallNode {
    return this.#at.nested(() => {
      this.#at.skip(1);
      const args: ArgumentNode[] = [];
      if (!this.#at.take(")")) {
        do args.push(this.#argument());
        while (this.#at.take(","));
        this.#at.need(")");
      }
      return { kind: "call", name: name.text, arguments: args, keys: this.#keys(), at: name.start };
    });
  }

  #argument(): ArgumentNode {
    const first = this.#at.peek;
    let name: string | undefined;
    if (first.kind === "word" && this.#at.after(1)?.text === "=" && this.#at.after(1)?.kind === "sign") {
      name = first.text;
      this.#at.skip(2);
    }
    const start = this.#at.peek;
    const after = this.#at.after(1);
    const isName =
      start.kind === "word" && /^[A-Z]/.test(start.text) && after?.kind === "sign" && ",)".includes(after.text);
    // All upper case may be an enum just as well; whoever takes the argument knows.
    if (isName && /[a-z]/.test(start.text)) {
      this.#at.skip(1);
      return { name, value: { kind: "function", name: start.text, at: start.start }, at: first.start };
    }
    return { name, value: this.#value(), at: first.start };
  }

  #value(): ValueNode {
    return asValue(this.#comparison());
  }
}
