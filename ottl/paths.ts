import type { AttributeDraft, AttributeReader } from "#core/attribute-draft.ts";
import { EMPTY_ATTRIBUTES, type Scope } from "#core/attributes.ts";
import { nearestName } from "#core/nearest-name.ts";
import { type Access, attributeAt, attributeMap, partOf, readOnly } from "./access.ts";
import type { EditFrame, Frame, Getter } from "./frame.ts";
import { INDEXED_FIELDS, LOG_FIELDS, UNSET_FIELDS, unset } from "./log-fields.ts";
import { type CompileScope, CONTEXT_NAMES, type ContextName } from "./scope.ts";
import type { PathField, PathNode } from "./syntax.ts";

const SCOPE_FIELDS = ["name", "version", "attributes", "dropped_attributes_count", "schema_url"];
const RESOURCE_FIELDS = ["attributes", "dropped_attributes_count", "schema_url", "cache"];
const LOG_NAMES = [...Object.keys(LOG_FIELDS), ...Object.keys(UNSET_FIELDS), "attributes", "cache"];

/** What a path means in a context; undefined after a mistake. */
export function resolvePath(node: PathNode, scope: CompileScope): Access | undefined {
  const { context, prefixed } = contextOf(node, scope.context);
  const fields = prefixed ? node.fields.slice(1) : node.fields;
  const { mistakes } = scope;
  const first = node.fields[0] as PathField;
  if (prefixed && first.keys.length > 0) {
    mistakes.add(first.at, `${first.name} itself cannot be indexed`);
    return undefined;
  }
  if (!reaches(scope.context, context)) {
    mistakes.add(node.at, `in the context ${scope.context} there is no ${context}`);
    return undefined;
  }
  const [field] = fields;
  if (field === undefined) {
    mistakes.add(node.at, `${first.name} is no value; name a field of it: ${namesIn(context).join(", ")}`);
    return undefined;
  }
  const name = fields.map((part) => part.name).join(".");
  const last = fields.at(-1) as PathField;
  if (!namesIn(context).includes(name)) {
    const valid = namesIn(context);
    mistakes.add(
      field.at,
      `unknown path "${name}" in the context ${context}; valid: ${valid.join(", ")}`,
      nearestName(name, valid),
    );
    return undefined;
  }
  if (fields.some((part) => part.keys.length > 0 && !(part === last && INDEXED_FIELDS.has(name)))) {
    mistakes.add(field.at, `${name} cannot be indexed`);
    return undefined;
  }
  return access(
    context,
    name,
    last.keys.map((key) => scope.value(key)),
  );
}

/** The context that a path names, or the log context for one that names none. */
export function contextOf(
  { fields }: PathNode,
  fallback: ContextName,
): { readonly context: ContextName; readonly prefixed: boolean } {
  const name = fields[0]?.name ?? "";
  // The log context's older name for its scope.
  if (name === "instrumentation_scope") return { context: "scope", prefixed: true };
  const prefix = CONTEXT_NAMES.find((known) => known === name);
  return prefix === undefined ? { context: fallback, prefixed: false } : { context: prefix, prefixed: true };
}

/** A context sees itself and those around it. */
function reaches(from: ContextName, to: ContextName): boolean {
  return CONTEXT_NAMES.indexOf(to) <= CONTEXT_NAMES.indexOf(from);
}

function namesIn(context: ContextName): readonly string[] {
  if (context === "log") return LOG_NAMES;
  return context === "resource" ? RESOURCE_FIELDS : SCOPE_FIELDS;
}

function access(context: ContextName, name: string, keys: readonly Getter[]): Access {
  if (name === "cache")
    return mapOrPart(
      ({ cache }) => cache,
      ({ cache }) => cache,
      keys,
    );
  if (context === "log") {
    const field = LOG_FIELDS[name];
    if (field !== undefined) return field(keys);
    if (name === "attributes") return mapOrPart(readRecord, ({ record }) => record.draft, keys);
    return unset(UNSET_FIELDS[name] ?? null);
  }
  if (context === "resource" && name === "attributes")
    return mapOrPart(
      ({ resource }) => resource,
      ({ resource }) => resource,
      keys,
    );
  if (name === "dropped_attributes_count") return unset(0n);
  if (context === "resource") return readOnly(({ record }) => record.resource.schema_url ?? "");
  return scopeField(name, keys);
}

/** The scope is read only; where there is none it reads as one that is not set. */
function scopeField(name: string, keys: readonly Getter[]): Access {
  const read = ({ record: { resource } }: Frame): Scope => resource.scope ?? NO_SCOPE;
  if (name !== "attributes") return readOnly((frame) => read(frame)[name as "name" | "version" | "schema_url"]);
  const { read: attributes } = partOf(
    (frame) => read(frame).attributes,
    () => undefined,
    keys,
  );
  return readOnly(attributes);
}

const NO_SCOPE: Scope = { name: "", version: "", attributes: EMPTY_ATTRIBUTES, schema_url: "" };

function readRecord({ record }: Frame): AttributeReader {
  return { get: (key) => record.attribute(key), all: () => record.attributes };
}

function mapOrPart(
  reader: (frame: Frame) => AttributeReader,
  editor: (frame: EditFrame) => AttributeDraft,
  keys: readonly Getter[],
): Access {
  return keys.length === 0 ? attributeMap(reader, editor) : attributeAt(reader, editor, keys);
}
