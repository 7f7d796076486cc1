import { toText } from "#core/attributes.ts";
import { terminalText } from "#kit/terminal-text.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import { type Expression, parseExpression, type Value } from "./parse-expression.ts";
import type { ExpressionProblem } from "./tokenize.ts";

/** Text with expressions in it: `Password attack on {{ user }}`. */
export type Template = readonly (string | TemplateExpression)[];

interface TemplateExpression {
  readonly expression: Expression;
  /** Where it begins in the text. */
  readonly at: number;
}

const MAX_VALUE_LENGTH = 1000;

export function parseTemplate(text: string): Template | { readonly problem: ExpressionProblem } {
  const parts: (string | TemplateExpression)[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf("{{", at);
    if (open < 0) return [...parts, text.slice(at)];
    const close = text.indexOf("}}", open);
    if (close < 0) return { problem: { at: open, message: "{{ has no closing }}" } };
    const expression = parseExpression(text.slice(open + 2, close));
    if ("problem" in expression) {
      return { problem: { ...expression.problem, at: expression.problem.at + open + 2 } };
    }
    parts.push(text.slice(at, open), { expression, at: open + 2 });
    at = close + 2;
  }
}

/** The text with values in it: each bounded, and without characters that could act on a terminal or split a line. */
export function renderTemplate(template: Template, scope: Scope): string {
  return template
    .map((part) =>
      typeof part === "string" ? part : terminalText(valueText(evaluate(part.expression, scope)), MAX_VALUE_LENGTH),
    )
    .join("");
}

function valueText(value: Value): string {
  return Array.isArray(value) ? value.map(valueText).join(", ") : toText(value);
}
