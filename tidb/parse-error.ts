/** Why a record could not be parsed: its text stays whole, and this goes into `tidewatch.parse_error`. */
export const PARSE_ERRORS = [
  "",
  "not a TiDB log line",
  "time stamp is not of the form yyyy/MM/dd HH:mm:ss.SSS ±HH:MM",
  "unknown level",
  "bracket is not closed",
  "text outside brackets",
  "text after a closing quote",
  "too many different field names",
  "not one JSON object",
  "slow log entry without time",
  "slow log entry without statement",
] as const;

export const OK = 0;
export const NOT_TIDB = 1;
export const BAD_TIME = 2;
export const BAD_LEVEL = 3;
export const UNCLOSED = 4;
export const OUTSIDE = 5;
export const AFTER_QUOTE = 6;
export const TOO_MANY_KEYS = 7;
export const BAD_JSON = 8;
export const SLOW_NO_TIME = 9;
export const SLOW_NO_SQL = 10;

export const PARSE_ERROR_ATTRIBUTE = "tidewatch.parse_error";
