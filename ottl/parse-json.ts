import type { AttributeValue } from "#core/attributes.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { MAX_VALUE_DEPTH } from "./limits.ts";
import { parseInteger } from "#core/parse-number.ts";
import { isList, isMap, newMap } from "./value.ts";

/**
 * The object or list that a text of JSON holds. Whole numbers stay exact up to 64 bits; the collector makes doubles of
 * them, which would change connection ids and timestamps.
 * @throws EvaluationError when it is no JSON, no object or list, or nested too deep.
 */
export function parseJson(text: string): AttributeValue {
  if (depthOf(text) > MAX_VALUE_DEPTH) throw new EvaluationError(`ParseJSON: nested more than ${MAX_VALUE_DEPTH} deep`);
  let value: AttributeValue;
  try {
    value = JSON.parse(text, exactNumbers as (key: string, value: unknown) => unknown) as AttributeValue;
  } catch {
    throw new EvaluationError("ParseJSON: target is no JSON");
  }
  if (!isMap(value) && !isList(value)) throw new EvaluationError("ParseJSON: target is no JSON object or list");
  return value;
}

function exactNumbers(_key: string, value: AttributeValue, context: { readonly source?: string }): AttributeValue {
  if (typeof value === "number" && !Number.isSafeInteger(value) && context.source !== undefined) {
    return parseInteger(context.source, 10) ?? value;
  }
  // Objects get no prototype, so that no key means anything to JavaScript.
  return isMap(value) ? newMap(value) : value;
}

/** Deepest nesting of brackets outside strings. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++;
    } else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
