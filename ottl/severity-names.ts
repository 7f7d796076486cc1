const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/** `SEVERITY_NUMBER_UNSPECIFIED` is 0, `SEVERITY_NUMBER_TRACE` 1 to `SEVERITY_NUMBER_FATAL4` 24 (logs.proto). */
export const SEVERITY_NAMES: readonly string[] = [
  "SEVERITY_NUMBER_UNSPECIFIED",
  ...LEVELS.flatMap((level) => ["", "2", "3", "4"].map((step) => `SEVERITY_NUMBER_${level}${step}`)),
];

/** The number behind an enum's name; undefined when there is no such name. */
export function severityNumber(name: string): bigint | undefined {
  const number = SEVERITY_NAMES.indexOf(name);
  return number < 0 ? undefined : BigInt(number);
}
