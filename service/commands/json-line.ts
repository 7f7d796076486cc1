import { terminalText } from "#kit/terminal-text.ts";

/**
 * A line of JSON. JSON itself lets through what a terminal obeys (C1 controls, direction marks); it knows the same
 * escapes as `terminalText`, so the value stays what it is.
 */
export function jsonLine(value: unknown): string {
  return `${terminalText(JSON.stringify(value))}\n`;
}
