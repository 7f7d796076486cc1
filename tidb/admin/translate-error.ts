import { errorMessage, PermanentError, RetryableError } from "#core/errors.ts";

/** Numbers of server errors that stay the same however often the statement is sent. */
const PERMANENT: Record<number, string> = {
  1044: "tidb_privilege",
  1064: "tidb_syntax",
  1142: "tidb_privilege",
  1143: "tidb_privilege",
  1146: "tidb_syntax",
  1227: "tidb_privilege",
  1396: "tidb_no_account",
};

/** Whether the server itself answered with an error: the session is fine and can be used on. */
export function isServerError(error: unknown): error is Error & { errno: number; sqlState: string } {
  return (
    error instanceof Error && "sqlState" in error && "errno" in error && !("fatal" in error && error.fatal === true)
  );
}

/** What mysql2 threw, as whose fault it is. Connection faults and refused logins are the world's or the operator's. */
export function translateError(error: unknown): RetryableError | PermanentError {
  if (error instanceof RetryableError || error instanceof PermanentError) return error;
  const code = isServerError(error) ? PERMANENT[error.errno] : undefined;
  if (code !== undefined) return new PermanentError(`TiDB refused: ${errorMessage(error)}`, { cause: error, code });
  return new RetryableError(`TiDB did not do it: ${errorMessage(error)}`, { cause: error, code: "tidb_unavailable" });
}
