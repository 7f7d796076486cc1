import type { Severity } from "#core/columns.ts";
import { SEVERITY } from "#core/record.ts";

/** Levels that TiDB components print (unified log format RFC, zap, TiKV, TiFlash); index 0 = none. */
export const SEVERITIES: readonly Severity[] = [
  { number: 0, text: undefined },
  { number: SEVERITY.INFO, text: "INFO" },
  { number: SEVERITY.WARN, text: "WARN" },
  { number: SEVERITY.ERROR, text: "ERROR" },
  { number: SEVERITY.DEBUG, text: "DEBUG" },
  { number: SEVERITY.FATAL, text: "FATAL" },
  { number: SEVERITY.TRACE, text: "TRACE" },
  { number: SEVERITY.NOTICE, text: "NOTICE" },
  { number: SEVERITY.FATAL, text: "CRITICAL" },
  { number: SEVERITY.FATAL, text: "DPANIC" },
  { number: SEVERITY.FATAL, text: "PANIC" },
  { number: 0, text: "UNKNOWN" },
  { number: SEVERITY.WARN, text: "WARNING" },
];

export const WARN_INDEX = 2;

const NAMES = SEVERITIES.map(({ text }) => Buffer.from(text ?? ""));

/** Index into SEVERITIES of the level at `bytes[from, to)`, or 0 when it is none. */
export function severityIndex(bytes: Uint8Array, from: number, to: number): number {
  for (let index = 1; index < NAMES.length; index++) {
    const name = NAMES[index] as Buffer;
    if (name.length !== to - from || name[0] !== bytes[from]) continue;
    let k = 1;
    while (k < name.length && name[k] === bytes[from + k]) k++;
    if (k === name.length) return index;
  }
  return 0;
}
