import type { AttributeDraft, AttributeEditor, AttributeReader } from "#core/attribute-draft.ts";
import type { AttributeValue } from "#core/attributes.ts";
import { EvaluationError } from "./evaluation-error.ts";
import type { EditFrame, Frame, Getter } from "./frame.ts";
import { readAt, toKey, writeAt } from "./indexing.ts";
import { fromAttribute, isMap, newMap, toAttribute, typeName, type Value } from "./value.ts";

/** How a path is read, and, where that is possible, written. */
export interface Access {
  readonly read: Getter;
  readonly write: ((frame: EditFrame, value: Value) => void) | undefined;
  /** The map at the path, for editors that change its members. @throws EvaluationError when it is no map. */
  readonly members: ((frame: EditFrame) => AttributeEditor) | undefined;
}

/** A field that cannot be set. */
export function readOnly(read: Getter): Access {
  return { read, write: undefined, members: undefined };
}

/** A whole set of attributes (`attributes`). */
export function attributeMap(
  reader: (frame: Frame) => AttributeReader,
  editor: (frame: EditFrame) => AttributeDraft,
): Access {
  return {
    read: (frame) => reader(frame).all(),
    write(frame, value) {
      if (!isMap(value)) throw new EvaluationError(`attributes can only be set to a map, got ${typeName(value)}`);
      editor(frame).replace(value);
    },
    members: editor,
  };
}

/** One attribute, or a part of one (`attributes["a"]["b"][0]`); the others are not looked at. */
export function attributeAt(
  reader: (frame: Frame) => AttributeReader,
  editor: (frame: EditFrame) => AttributeDraft,
  keys: readonly Getter[],
): Access {
  const [first, ...rest] = keys as [Getter, ...Getter[]];
  const name = (frame: Frame): string => {
    const key = first(frame);
    if (typeof key === "string") return key;
    throw new EvaluationError(`the name of an attribute must be a string, got ${typeName(key)}`);
  };
  return partOf(
    (frame) => reader(frame).get(name(frame)),
    (frame, value) => editor(frame).set(name(frame), value),
    rest,
  );
}

/** A value, or a part of it. */
export function partOf(
  read: (frame: Frame) => AttributeValue | undefined,
  write: (frame: EditFrame, value: AttributeValue) => void,
  keys: readonly Getter[],
): Access {
  const path = (frame: Frame): (string | number)[] => keys.map((key) => toKey(key(frame)));
  const readPart = keys.length === 0 ? read : (frame: Frame) => readAt(read(frame), path(frame));
  const writePart = (frame: EditFrame, value: AttributeValue): void =>
    write(frame, keys.length === 0 ? value : writeAt(read(frame), path(frame), value));
  return {
    read: (frame) => fromAttribute(readPart(frame)),
    write: (frame, value) => writePart(frame, toAttribute(value)),
    members: (frame) => nestedMap(readPart(frame), (value) => writePart(frame, value)),
  };
}

/** The members of a map that is itself a value: each change writes the whole map back. */
function nestedMap(value: AttributeValue | undefined, write: (value: AttributeValue) => void): AttributeEditor {
  if (!isMap(value)) throw new EvaluationError(`expected a map, got ${typeName(fromAttribute(value))}`);
  let current = value;
  const update = (changed: typeof current): void => {
    current = changed;
    write(changed);
  };
  return {
    get: (key) => (Object.hasOwn(current, key) ? current[key] : undefined),
    all: () => current,
    set(key, member) {
      const copy = newMap(current);
      copy[key] = member;
      update(copy);
    },
    assign: (attributes) => update(Object.assign(newMap(current), attributes)),
    delete(key) {
      if (!Object.hasOwn(current, key)) return;
      const copy = newMap(current);
      delete copy[key];
      update(copy);
    },
    replace: (attributes) => update(newMap(attributes)),
  };
}
