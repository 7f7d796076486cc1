import { RE2JS } from "re2js";
import { errorMessage } from "#core/errors.ts";
import { foldCase } from "./case-folding.ts";
import { compareExact, toExactNumber } from "./exact-number.ts";
import { testElements, testTexts, type FieldTest, type ItemOptions } from "./field-test.ts";
import { compileNetwork } from "./ip-network.ts";
import { requiredLiterals } from "./required-literals.ts";
import type { Scalar } from "./rule-tree.ts";
import { leafTexts } from "./sigma-record.ts";
import { compilePattern } from "./wildcard-match.ts";
import { literalsOf, openEnd, openStart, parsePattern, type WildcardPattern } from "./wildcard-pattern.ts";

/** How a field is compared with the values of a detection item. */
export interface Operator {
  /** A test for one value, or a text that says why the value does not suit. */
  compile(value: Scalar, options: ItemOptions): FieldTest | string;
  /** Compares with the text of another field (`fieldref`); undefined: the operator cannot. */
  readonly relate?: (own: string, other: string) => boolean;
  /** Works on the keywords of a record, which have no field. */
  readonly forKeywords: boolean;
}

/** Without a modifier: equality, where texts may hold wildcards. */
export const equals: Operator = {
  compile(value, options) {
    if (value === null) return { matches: (given) => given === undefined || given === null, literals: [] };
    if (typeof value === "string") return textTest(parsePattern(value), options);
    if (typeof value === "boolean") {
      const text = String(value);
      const test = (given: unknown): boolean =>
        given === value || (typeof given === "string" && foldCase(given) === text);
      return testElements(test, [text]);
    }
    return numberTest((given) => compareExact(given, value) === 0);
  },
  relate: (own, other) => own === other,
  forKeywords: false,
};

export const contains = patternOperator((pattern) => openStart(openEnd(pattern)), String.prototype.includes);
export const startsWith = patternOperator(openEnd, String.prototype.startsWith);
export const endsWith = patternOperator(openStart, String.prototype.endsWith);

export const lessThan = numberOperator((order) => order < 0);
export const atMost = numberOperator((order) => order <= 0);
export const greaterThan = numberOperator((order) => order > 0);
export const atLeast = numberOperator((order) => order >= 0);

/** Whether the record has the field, be it null or empty. */
export const exists: Operator = {
  compile(wanted) {
    if (typeof wanted !== "boolean") return "exists takes true or false";
    return { matches: (given) => (given !== undefined) === wanted, literals: [] };
  },
  forKeywords: false,
};

export const cidr: Operator = {
  compile(value) {
    const test = compileNetwork(String(value));
    return typeof test === "string" ? test : testTexts(test, []);
  },
  forKeywords: false,
};

/** A regular expression, found anywhere in the text, in time that is linear in the text. */
export const regex: Operator = {
  compile(value, { ignoreCase, multiline, dotAll }) {
    if (typeof value !== "string") return "re takes a text";
    const flags =
      (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (multiline ? RE2JS.MULTILINE : 0) | (dotAll ? RE2JS.DOTALL : 0);
    try {
      const compiled = RE2JS.compile(value, flags);
      return testTexts((text) => compiled.test(text), requiredLiterals(value));
    } catch (error) {
      return `not a regular expression of the RE2 syntax: ${errorMessage(error)}`;
    }
  },
  forKeywords: true,
};

function patternOperator(
  open: (pattern: WildcardPattern) => WildcardPattern,
  relate: (this: string, other: string) => boolean,
): Operator {
  return {
    compile(value, options) {
      return value === null ? "null stands only for itself" : textTest(open(parsePattern(String(value))), options);
    },
    relate: (own, other) => relate.call(own, other),
    forKeywords: true,
  };
}

function textTest(pattern: WildcardPattern, { cased }: ItemOptions): FieldTest {
  return testTexts(compilePattern(pattern, cased), literalsOf(pattern));
}

function numberOperator(accepts: (order: number) => boolean): Operator {
  return {
    compile(value) {
      const limit = toExactNumber(value);
      return limit === undefined ? "expected a number" : numberTest((given) => accepts(compareExact(given, limit)));
    },
    forKeywords: false,
  };
}

function numberTest(test: (given: number | bigint) => boolean): FieldTest {
  return testElements((value) => {
    const given = toExactNumber(value);
    return given !== undefined && test(given);
  });
}

/** Compares with another field of the same record; a field that is absent matches nothing. */
export function compileFieldReference(name: string, operator: Operator, { cased }: ItemOptions): FieldTest | string {
  const { relate } = operator;
  if (relate === undefined) return "fieldref goes only with contains, startswith and endswith";
  const prepare = cased ? (text: string): string => text : foldCase;
  return {
    literals: [],
    matches(value, record) {
      const others = Array.from(leafTexts(record.field(name)), prepare);
      const own = Array.from(leafTexts(value), prepare);
      return own.some((text) => others.some((other) => relate(text, other)));
    },
  };
}
