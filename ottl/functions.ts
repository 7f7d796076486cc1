import { ENCODING_CONVERTERS } from "./converters/encodings.ts";
import { LIST_CONVERTERS } from "./converters/lists.ts";
import { PARSE_CONVERTERS } from "./converters/parsers.ts";
import { TEXT_CONVERTERS } from "./converters/texts.ts";
import { TIME_CONVERTERS } from "./converters/times.ts";
import { TYPE_CONVERTERS } from "./converters/types.ts";
import { deleteKey, deleteMatchingKeys, keepKeys, keepMatchingKeys, limit, mergeMaps } from "./editors/keys.ts";
import { replaceAllMatches, replaceAllPatterns, replaceMatch, replacePattern } from "./editors/replace.ts";
import { flatten, stringifyAll, truncateAll } from "./editors/reshape.ts";
import { append, set } from "./editors/set.ts";
import type { ConverterDefinition, EditorDefinition } from "./function-definition.ts";

/** Every editor there is, by name. */
export const EDITORS: ReadonlyMap<string, EditorDefinition> = byName([
  set,
  append,
  deleteKey,
  deleteMatchingKeys,
  keepKeys,
  keepMatchingKeys,
  limit,
  mergeMaps,
  replacePattern,
  replaceMatch,
  replaceAllPatterns,
  replaceAllMatches,
  flatten,
  truncateAll,
  stringifyAll,
]);

/** Every converter there is, by name. */
export const CONVERTERS: ReadonlyMap<string, ConverterDefinition> = byName([
  ...TYPE_CONVERTERS,
  ...TEXT_CONVERTERS,
  ...PARSE_CONVERTERS,
  ...LIST_CONVERTERS,
  ...ENCODING_CONVERTERS,
  ...TIME_CONVERTERS,
]);

function byName<T extends { readonly name: string }>(definitions: readonly T[]): Map<string, T> {
  return new Map(definitions.map((definition) => [definition.name, definition]));
}
