import { parser } from "@prometheus-io/lezer-promql";

/** A metric that an expression names, with the labels that it asks of it. */
interface Selector {
  readonly name: string;
  readonly labels: readonly string[];
}

export interface Expression {
  /** Text at which the expression cannot be read; undefined when all of it can. */
  readonly mistake: string | undefined;
  readonly selectors: readonly Selector[];
  /** Labels that it groups or matches by. */
  readonly groupings: readonly string[];
}

/** Takes a PromQL expression apart. */
export function readPromql(text: string): Expression {
  const selectors: { name: string; labels: string[] }[] = [];
  const groupings: string[] = [];
  let mistake: string | undefined;
  let inGrouping = false;
  parser.parse(text).iterate({
    enter({ name, type, from, to }) {
      const part = text.slice(from, to);
      if (type.isError) mistake ??= text.slice(Math.max(0, from - 20), to + 20);
      if (name === "GroupingLabels") inGrouping = true;
      else if (name === "VectorSelector") selectors.push({ name: "", labels: [] });
      else if (name === "Identifier") (selectors.at(-1) ?? { name: "" }).name = part;
      else if (name === "LabelName") (inGrouping ? groupings : (selectors.at(-1)?.labels ?? [])).push(part);
    },
    leave({ name }) {
      if (name === "GroupingLabels") inGrouping = false;
    },
  });
  return { mistake, selectors, groupings };
}
