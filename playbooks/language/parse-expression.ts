import { ALERT_SEVERITIES } from "#core/alert.ts";
import { type ExpressionProblem, type Token, tokenize } from "./tokenize.ts";

/** What an expression can be worth. */
export type Value = string | number | boolean | null | readonly Value[];

export type Comparison = "==" | "!=" | ">=" | "<=" | ">" | "<" | "in";

export type Expression =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "path"; readonly path: readonly string[]; readonly at: number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[]; readonly at: number }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "compare"; readonly op: Comparison; readonly left: Expression; readonly right: Expression };

const MAX_LENGTH = 500;
const MAX_DEPTH = 16;
const RESERVED = ["and", "or", "not", "in"];
const CONSTANTS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["true", true],
  ["false", false],
  ["null", null],
  ...ALERT_SEVERITIES.map((name) => [name, name] as const),
]);
const COMPARISONS: readonly string[] = ["==", "!=", ">=", "<=", ">", "<", "in"] satisfies Comparison[];

/**
 * Parses the language of conditions: comparison, `and`, `or`, `not`, `in`, lists, calls of fixed functions. There is
 * no loop, no assignment and no way to the host language; length and depth are limited, so evaluating always ends soon.
 */
export function parseExpression(text: string): Expression | { readonly problem: ExpressionProblem } {
  if (text.length > MAX_LENGTH) {
    return { problem: { at: 0, message: `the expression is longer than ${MAX_LENGTH} characters` } };
  }
  const tokens = tokenize(text);
  if (!Array.isArray(tokens)) return { problem: tokens };
  try {
    return new Parser(tokens).whole();
  } catch (error) {
    if (error instanceof Unexpected) return { problem: { at: error.at, message: error.message } };
    throw error;
  }
}

class Unexpected extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#or();
    this.#expect("the end");
    return expression;
  }

  #or(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new Unexpected(`nested deeper than ${MAX_DEPTH}`, this.#peek().at);
    let left = this.#and();
    while (this.#take("or")) left = { kind: "or", left, right: this.#and() };
    this.#depth--;
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#take("and")) left = { kind: "and", left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    let negated = false;
    while (this.#take("not")) negated = !negated;
    const of = this.#comparison();
    return negated ? { kind: "not", of } : of;
  }

  #comparison(): Expression {
    const left = this.#primary();
    const op = this.#peek();
    if (op.kind === "string" || !COMPARISONS.includes(op.text)) return left;
    this.#next++;
    return { kind: "compare", op: op.text as Comparison, left, right: this.#primary() };
  }

  #primary(): Expression {
    const token = this.#peek();
    this.#next++;
    if (token.kind === "string") return { kind: "literal", value: token.text };
    if (token.kind === "number") {
      const value = Number(token.text);
      if (Number.isNaN(value)) throw new Unexpected(`${token.text} is not a number`, token.at);
      return { kind: "literal", value };
    }
    if (token.kind === "name" && !RESERVED.includes(token.text)) return this.#named(token);
    if (token.kind === "symbol" && token.text === "(") {
      const inner = this.#or();
      this.#expect(")");
      return inner;
    }
    if (token.kind === "symbol" && token.text === "[") return { kind: "list", items: this.#items("]") };
    throw new Unexpected(`expected a value, got ${token.text}`, token.at);
  }

  #named({ text, at }: Token): Expression {
    if (this.#take("(")) return { kind: "call", name: text, args: this.#items(")"), at };
    const path = [text];
    while (this.#take(".")) {
      const part = this.#peek();
      if (part.kind !== "name") throw new Unexpected(`expected a name after the point, got ${part.text}`, part.at);
      path.push(part.text);
      this.#next++;
    }
    const constant = path.length === 1 ? CONSTANTS.get(text) : undefined;
    return constant === undefined ? { kind: "path", path, at } : { kind: "literal", value: constant };
  }

  #items(close: string): Expression[] {
    const items: Expression[] = [];
    if (this.#take(close)) return items;
    do items.push(this.#or());
    while (this.#take(","));
    this.#expect(close);
    return items;
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] as Token;
  }

  #take(text: string): boolean {
    const token = this.#peek();
    if (token.kind === "string" || token.kind === "end" || token.text !== text) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    const token = this.#peek();
    if (token.kind === "string" || token.text !== text) {
      throw new Unexpected(`expected ${text}, got ${token.text}`, token.at);
    }
    this.#next++;
  }
}
