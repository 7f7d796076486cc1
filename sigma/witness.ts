import { foldCase } from "./case-folding.ts";
import type { Expression, ItemExpression } from "./expression.ts";
import type { Requirement } from "./field-test.ts";
import { staticCost, type WitnessAtom, type WitnessCost } from "./witness-cost.ts";

/**
 * What a rule cannot match without: when it matches, at least one of the atoms' literals stands in its field (in one
 * of `leafTexts`), compared by `foldCase`. A scanner may compare ASCII bytes without regard to case instead, if it
 * folds texts that are not all ASCII first.
 */
export type Witness = readonly WitnessAtom[];

/** Shorter literals stand in too many records to help. */
const MIN_LITERAL = 3;

/** The cheapest witness of an expression; undefined when there is none and the rule must see every record. */
export function findWitness(expression: Expression, cost: WitnessCost = staticCost): Witness | undefined {
  // Absence leaves nothing to look for.
  if (expression.kind === "not") return undefined;
  if (expression.kind === "item") return itemWitness(expression, cost);
  const witnesses = expression.parts.map((part) => findWitness(part, cost));
  return expression.kind === "and" ? cheapest(witnesses, cost) : union(witnesses);
}

function itemWitness({ field, tests, join }: ItemExpression, cost: WitnessCost): Witness | undefined {
  const witnesses = tests.map(({ literals }) => requirementWitness({ all: literals }, field, cost));
  return join === "all" ? cheapest(witnesses, cost) : union(witnesses);
}

function requirementWitness(
  requirement: Requirement,
  field: string | undefined,
  cost: WitnessCost,
): Witness | undefined {
  const witnesses = (parts: readonly Requirement[]): (Witness | undefined)[] =>
    parts.map((part) => requirementWitness(part, field, cost));
  if (typeof requirement === "string") {
    const atoms = asciiRuns(requirement).map((literal) => [{ field, literal }]);
    return cheapest(atoms, cost);
  }
  return "all" in requirement ? cheapest(witnesses(requirement.all), cost) : union(witnesses(requirement.any));
}

/** The pieces of a literal that a scanner of ASCII can find. */
function asciiRuns(literal: string): string[] {
  const runs: string[] = [];
  let run = "";
  for (const character of foldCase(literal)) {
    if (character <= "\u007f") run += character;
    else {
      runs.push(run);
      run = "";
    }
  }
  runs.push(run);
  return runs.filter((text) => text.length >= MIN_LITERAL);
}

function cheapest(witnesses: readonly (Witness | undefined)[], cost: WitnessCost): Witness | undefined {
  let best: Witness | undefined;
  let bestCost = Infinity;
  for (const witness of witnesses) {
    if (witness === undefined) continue;
    const total = witness.reduce((sum, atom) => sum + cost(atom), 0);
    if (best === undefined || total < bestCost) {
      best = witness;
      bestCost = total;
    }
  }
  return best;
}

/** One alternative without a witness leaves the whole without one. */
function union(witnesses: readonly (Witness | undefined)[]): Witness | undefined {
  const atoms = new Map<string, WitnessAtom>();
  for (const witness of witnesses) {
    if (witness === undefined) return undefined;
    for (const atom of witness) atoms.set(JSON.stringify([atom.field, atom.literal]), atom);
  }
  return [...atoms.values()];
}
