import { ConfigError } from "#core/errors.ts";
import { type Located, partAt, toPlain, withPart } from "./located.ts";

/**
 * Parses a part of the configuration; where a setting wants a string and a reference gave something else (`${env:PIN}`
 * with `0123`), it gets the reference's text instead. @throws ConfigError what is still wrong then.
 */
export function parseWithText<T>(part: Located, parse: (raw: unknown) => T): T {
  let current = part;
  for (;;) {
    try {
      return parse(toPlain(current));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const next = withTexts(current, error);
      if (next === undefined) throw error;
      current = next;
    }
  }
}

/** The part with texts where the error complains about a value that has one; undefined when there is none left. */
function withTexts(part: Located, error: ConfigError): Located | undefined {
  let changed: Located | undefined;
  for (const { path } of error.issues) {
    const value = partAt(part, path);
    if (value?.kind !== "scalar" || value.text === undefined || value.text === value.value) continue;
    changed = withPart(changed ?? part, path, { kind: "scalar", place: value.place, value: value.text });
  }
  return changed;
}
