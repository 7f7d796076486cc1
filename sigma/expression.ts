import type { FieldTest } from "./field-test.ts";
import type { SigmaRecord } from "./sigma-record.ts";

/** What a rule's detection and condition come to. */
export type Expression =
  | { readonly kind: "and" | "or"; readonly parts: readonly Expression[] }
  | { readonly kind: "not"; readonly part: Expression }
  | ItemExpression;

/** One field, or the keywords, against the values of one detection item. */
export interface ItemExpression {
  readonly kind: "item";
  /** undefined: each text of the record, for keywords. */
  readonly field: string | undefined;
  /** At least one. */
  readonly tests: readonly FieldTest[];
  /** Whether one of the tests must match or each of them. */
  readonly join: "any" | "all";
}

export type RecordTest = (record: SigmaRecord) => boolean;

/** Closures for an expression; those of one and two parts are spared the loop. */
export function compileExpression(expression: Expression): RecordTest {
  switch (expression.kind) {
    case "item":
      return expression.field === undefined ? compileKeywords(expression) : compileField(expression.field, expression);
    case "not": {
      const test = compileExpression(expression.part);
      return (record) => !test(record);
    }
    default: {
      const tests = expression.parts.map(compileExpression);
      return expression.kind === "and" ? every(tests) : some(tests);
    }
  }
}

function every(tests: readonly RecordTest[]): RecordTest {
  const [first, second] = tests;
  if (first !== undefined && tests.length === 1) return first;
  if (first !== undefined && second !== undefined && tests.length === 2) {
    return (record) => first(record) && second(record);
  }
  return (record) => tests.every((test) => test(record));
}

function some(tests: readonly RecordTest[]): RecordTest {
  const [first, second] = tests;
  if (first !== undefined && tests.length === 1) return first;
  if (first !== undefined && second !== undefined && tests.length === 2) {
    return (record) => first(record) || second(record);
  }
  return (record) => tests.some((test) => test(record));
}

function compileField(field: string, { tests, join }: ItemExpression): RecordTest {
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return (record) => only.matches(record.field(field), record);
  return (record) => {
    const value = record.field(field);
    return join === "any"
      ? tests.some((test) => test.matches(value, record))
      : tests.every((test) => test.matches(value, record));
  };
}

/** Each keyword may stand in another text of the record. */
function compileKeywords({ tests, join }: ItemExpression): RecordTest {
  const found = (test: FieldTest, record: SigmaRecord): boolean => {
    for (const text of record.strings()) if (test.matches(text, record)) return true;
    return false;
  };
  return (record) =>
    join === "any" ? tests.some((test) => found(test, record)) : tests.every((test) => found(test, record));
}

/** The names of the fields that an expression reads, sorted; keywords and `fieldref` targets are not among them. */
export function fieldsOf(expression: Expression): string[] {
  const fields = new Set<string>();
  const collect = (part: Expression): void => {
    if (part.kind === "item") {
      if (part.field !== undefined) fields.add(part.field);
    } else if (part.kind === "not") collect(part.part);
    else part.parts.forEach(collect);
  };
  collect(expression);
  return [...fields].sort();
}
