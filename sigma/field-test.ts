import type { AttributeValue } from "#core/attributes.ts";
import type { SigmaRecord } from "./sigma-record.ts";

/** A text that must be there; or several requirements, all of them or at least one. */
export type Requirement = string | { readonly all: readonly Requirement[] } | { readonly any: readonly Requirement[] };

/** One value of a rule, ready to be compared with a field. */
export interface FieldTest {
  /** `value` is the field's value, undefined when the record has no such field. */
  matches(value: AttributeValue | undefined, record: SigmaRecord): boolean;
  /** What stands, without regard to case, in every field that matches. */
  readonly literals: readonly Requirement[];
}

/** What the modifiers of a detection item ask for, apart from the operator. */
export interface ItemOptions {
  /** Every value must match, not just one. */
  readonly all: boolean;
  readonly cased: boolean;
  /** The item matches when its values do not. */
  readonly neq: boolean;
  /** The values are names of fields to compare with. */
  readonly fieldref: boolean;
  /** Flags of a regular expression. */
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

type SingleValue = string | number | bigint | boolean;

/** A test that a list passes when one of its elements does; absent fields, null and structures never pass. */
export function testElements(test: (value: SingleValue) => boolean, literals: readonly Requirement[] = []): FieldTest {
  const matches = (value: AttributeValue | undefined): boolean => {
    if (Array.isArray(value)) return value.some(matches);
    return isSingle(value) && test(value);
  };
  return { matches, literals };
}

/** The same for tests of text; numbers and booleans are compared as they print. */
export function testTexts(test: (text: string) => boolean, literals: readonly Requirement[]): FieldTest {
  return testElements((value) => test(typeof value === "string" ? value : String(value)), literals);
}

function isSingle(value: AttributeValue | undefined): value is SingleValue {
  return value !== undefined && value !== null && typeof value !== "object";
}
