/** A text that a rule looks for, as a scanner of raw bytes wants it. */
export interface WitnessAtom {
  /** Where it stands; undefined: in any text of the record. */
  readonly field: string | undefined;
  /** ASCII in lower case, at least three characters. */
  readonly literal: string;
}

/** How many records an atom lets through, in any unit: the lower, the better. */
export type WitnessCost = (atom: WitnessAtom) => number;

/** Words in so many records of a database that looking for them, or for a part of them, hardly narrows anything. */
const COMMON = [
  "select",
  "insert",
  "update",
  "values",
  "where",
  "limit",
  "order",
  "from",
  "into",
  "true",
  "false",
  "tidb.general_query",
];

const COMMON_COST = 0.5;

/**
 * The cost of a literal when nothing has been measured: each character more makes it rarer, up to a point, common words
 * are not rare however long, and what may stand in any field is found more often than what must stand in one.
 */
export const staticCost: WitnessCost = ({ field, literal }) => {
  const word = literal.trim();
  const isCommon = COMMON.some((common) => common.includes(word));
  const cost = isCommon ? COMMON_COST : 2 ** -Math.min(literal.length, 16);
  return field === undefined ? 4 * cost : cost;
};
