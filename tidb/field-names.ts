export const CALLER_FILE = "code.file.path";
export const CALLER_LINE = "code.line.number";
export const LOGGER = "tidb.logger";
export const STACK = "exception.stacktrace";
/** Lines of one record after its first, where a record may span lines. */
export const CONTINUATION = "tidb.continuation";
export const QUERY_TEXT = "db.query.text";

/**
 * Attribute name of a log field as TiDB, PD, TiKV and the slow log spell it: the OpenTelemetry name where there is
 * one, `tidb.<key>` for the rest, with spaces as underscores so that rules and queries need no quoting.
 */
export function attributeName(key: string): string {
  return CANONICAL.get(key) ?? `tidb.${key.replaceAll(" ", "_")}`;
}

const CANONICAL = new Map([
  ["sql", "db.query.text"],
  ["SQL", "db.query.text"],
  ["secure text", "db.query.text"],
  ["currentDB", "db.namespace"],
  ["cur_db", "db.namespace"],
  ["database", "db.namespace"],
  ["DB", "db.namespace"],
  ["error", "error.message"],
  ["err", "error.message"],
  ["conn", "tidb.conn"],
  ["connection ID", "tidb.conn"],
  ["Conn_ID", "tidb.conn"],
  ["stack", STACK],
  ["stacktrace", STACK],
]);
