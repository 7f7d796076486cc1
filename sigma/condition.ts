import { nearestName } from "#core/nearest-name.ts";
import type { Expression } from "./expression.ts";
import { tokenizeCondition, type ConditionToken } from "./condition-tokens.ts";

/** Nested deeper, a condition is a mistake or an attack. */
const MAX_DEPTH = 50;

const NO_AGGREGATION = "aggregations behind | are not Sigma 2; write a correlation rule";

/** Why a condition cannot be used; leaves the recursion of the parser, and is caught by `parseCondition`. */
class ConditionError extends Error {
  readonly suggestion: string | undefined;

  constructor(message: string, suggestion?: string) {
    super(message);
    this.suggestion = suggestion;
  }
}

export type ParsedCondition =
  | { readonly ok: true; readonly expression: Expression; readonly used: ReadonlySet<string> }
  | { readonly ok: false; readonly message: string; readonly suggestion: string | undefined };

/**
 * Reads a condition: `or` binds weakest, then `and`, `not`, `1 of` and `all of`. `identifiers` are the selections of
 * the rule; `used` tells which of them the condition names.
 */
export function parseCondition(text: string, identifiers: ReadonlyMap<string, Expression>): ParsedCondition {
  try {
    const parser = new ConditionParser(tokenizeCondition(text), identifiers);
    return { ok: true, expression: parser.parse(), used: parser.used };
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return { ok: false, message: error.message, suggestion: error.suggestion };
  }
}

class ConditionParser {
  readonly used = new Set<string>();
  readonly #tokens: readonly ConditionToken[];
  readonly #identifiers: ReadonlyMap<string, Expression>;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly ConditionToken[], identifiers: ReadonlyMap<string, Expression>) {
    this.#tokens = tokens;
    this.#identifiers = identifiers;
  }

  parse(): Expression {
    const expression = this.#or();
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw this.#unexpected(rest, "and, or, or the end");
    return expression;
  }

  #or(): Expression {
    const parts = [this.#and()];
    while (this.#take("or")) parts.push(this.#and());
    return parts.length === 1 ? (parts[0] as Expression) : { kind: "or", parts };
  }

  #and(): Expression {
    const parts = [this.#not()];
    while (this.#take("and")) parts.push(this.#not());
    return parts.length === 1 ? (parts[0] as Expression) : { kind: "and", parts };
  }

  #not(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new ConditionError(`condition is nested more than ${MAX_DEPTH} levels deep`);
    const expression: Expression = this.#take("not") ? { kind: "not", part: this.#not() } : this.#operand();
    this.#depth--;
    return expression;
  }

  #operand(): Expression {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new ConditionError("condition ends where a selection is expected");
    if (token.text === "(") {
      const inner = this.#or();
      const close = this.#tokens[this.#at];
      if (!this.#take(")")) throw this.#unexpected(close, '")"');
      return inner;
    }
    if (this.#tokens[this.#at]?.text === "of") {
      this.#at++;
      return this.#quantified(token);
    }
    return this.#selection(token);
  }

  /** What follows `1 of` and `all of`. */
  #quantified(quantifier: ConditionToken): Expression {
    const kind = { "1": "or", any: "or", all: "and" }[quantifier.text] as "or" | "and" | undefined;
    if (kind === undefined) throw new ConditionError(`"${quantifier.text} of" is not Sigma; write "1 of" or "all of"`);
    const target = this.#tokens[this.#at++];
    if (target === undefined) throw new ConditionError(`"${quantifier.text} of" needs a selection, a pattern or them`);
    const isPattern = target.text === "them" || target.text.includes("*");
    if (!isPattern) return this.#selection(target);
    const names = [...this.#identifiers.keys()].filter(
      (name) => !name.startsWith("_") && (target.text === "them" || matchesName(target.text, name)),
    );
    if (names.length === 0) throw new ConditionError(`no selection matches "${target.text}"`);
    const parts = names.map((name) => this.#resolve(name));
    return parts.length === 1 ? (parts[0] as Expression) : { kind, parts };
  }

  #selection({ text }: ConditionToken): Expression {
    if (text === "|") throw new ConditionError(NO_AGGREGATION);
    if (["and", "or", "not", "of", ")"].includes(text)) {
      throw new ConditionError(`"${text}" stands where a selection is expected`);
    }
    if (!this.#identifiers.has(text)) {
      const operator = text.toLowerCase();
      if (["and", "or", "not"].includes(operator)) {
        throw new ConditionError(`operators are written in lower case: "${operator}"`, operator);
      }
      throw new ConditionError(`unknown selection "${text}"`, nearestName(text, this.#identifiers.keys()));
    }
    return this.#resolve(text);
  }

  #resolve(name: string): Expression {
    this.used.add(name);
    return this.#identifiers.get(name) as Expression;
  }

  #take(text: string): boolean {
    if (this.#tokens[this.#at]?.text !== text) return false;
    this.#at++;
    return true;
  }

  #unexpected(token: ConditionToken | undefined, expected: string): ConditionError {
    if (token === undefined) return new ConditionError(`condition ends where ${expected} is expected`);
    if (token.text === "|") return new ConditionError(NO_AGGREGATION);
    const lower = token.text.toLowerCase();
    if (token.text !== lower && (lower === "and" || lower === "or")) {
      return new ConditionError(`operators are written in lower case: "${lower}"`, lower);
    }
    return new ConditionError(`expected ${expected} at character ${token.at + 1}, found "${token.text}"`);
  }
}

/** Whether a selection's name fits a pattern in which `*` is any run of characters. */
function matchesName(pattern: string, name: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop() ?? "";
  if (!name.startsWith(head) || name.length < head.length + tail.length || !name.endsWith(tail)) return false;
  let at = head.length;
  for (const middle of rest) {
    const found = name.indexOf(middle, at);
    if (found < 0) return false;
    at = found + middle.length;
  }
  return at <= name.length - tail.length;
}
