/** `type` or `type/name`. */
export interface ComponentId {
  readonly type: string;
  readonly name: string | undefined;
}

/** Parses a component id as the collector does; a text says what is wrong. Source: collector, identifiable.go. */
export function parseComponentId(text: string): ComponentId | string {
  const slash = text.indexOf("/");
  const type = (slash < 0 ? text : text.slice(0, slash)).trim();
  const name = slash < 0 ? undefined : text.slice(slash + 1).trim();
  if (type === "") return `"${text}" has no type before the slash`;
  if (name === "") return `"${text}" has no name after the slash`;
  if (!/^[a-zA-Z][a-zA-Z0-9_]{0,62}$/.test(type)) {
    return `"${type}" is no component type: a letter, then letters, digits and underscores, at most 63 characters`;
  }
  if (name !== undefined && (name.length > 1024 || /[\p{Z}\p{C}\p{S}]/u.test(name))) {
    return `"${name}" is no component name: at most 1024 characters, no spaces, control characters or symbols`;
  }
  return { type, name };
}
