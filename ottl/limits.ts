/** Longest text of a statement or condition, in UTF-16 units. */
export const MAX_STATEMENT = 32 * 1024;
/** Deepest nesting of parentheses, lists, maps, calls and keys in a statement. */
export const MAX_NESTING = 64;
/** Most UTF-16 units of new text that one function call makes from a record. */
export const MAX_TEXT = 1024 * 1024;
/** Deepest nesting of a value that a function makes from text or that a path reaches into. */
export const MAX_VALUE_DEPTH = 64;
/** Most elements of a list that a function or an assignment makes. */
export const MAX_ELEMENTS = 100_000;
/** Longest that one function call may take over its matches in a text, in milliseconds. */
export const MAX_CALL_MS = 250;
