import type { AttributeValue } from "#core/attributes.ts";
import { EvaluationError } from "../evaluation-error.ts";
import { editor } from "../function-definition.ts";
import { MAX_ELEMENTS } from "../limits.ts";
import { isList, toAttribute, type Value } from "../value.ts";

/** A value that is nil changes nothing. */
export const set = editor("set", ["target", "value"], (args) => {
  const { write } = args.target("target");
  const get = args.any("value");
  return (frame) => {
    const value = get(frame);
    if (value !== null) write(frame, value);
  };
});

export const append = editor("append", ["target", "value?", "values?"], (args) => {
  const { read, write } = args.target("target");
  const one = args.has("value") ? args.any("value") : undefined;
  const many = args.has("values") ? args.any("values") : undefined;
  return (frame) => {
    const added = [
      ...(one === undefined ? [] : elements(one(frame))),
      ...(many === undefined ? [] : elements(many(frame))),
    ];
    const list = [...elements(read(frame)), ...added];
    if (list.length > MAX_ELEMENTS) throw new EvaluationError(`a list may have ${MAX_ELEMENTS} elements at most`);
    write(frame, list);
  };
});

/** A list's elements; a scalar is a list of itself, nil an empty one. */
function elements(value: Value): readonly AttributeValue[] {
  if (value === null) return [];
  return isList(value) ? value : [toAttribute(value)];
}
