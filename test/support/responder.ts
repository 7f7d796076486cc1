import type { TidbServer } from "./tidb.ts";

/** What the manual tells an operator to grant to the responder, and nothing more. */
const GRANTS = [
  "GRANT PROCESS, CREATE USER ON *.* TO responder",
  "GRANT CONNECTION_ADMIN ON *.* TO responder",
  "GRANT SELECT ON mysql.user TO responder",
] as const;

/** Makes the account `responder`, with the grants that are documented except those that `without` names. */
export async function createResponder(tidb: TidbServer, without?: string): Promise<void> {
  const grants = GRANTS.map((grant) => (without === undefined ? grant : withoutPrivilege(grant, without)));
  await tidb.root("CREATE USER responder", ...grants.filter((grant) => grant !== undefined));
}

function withoutPrivilege(grant: string, privilege: string): string | undefined {
  const [, list = "", on] = /^GRANT (.*) ON (.*)$/.exec(grant) ?? [];
  const left = list.split(", ").filter((name) => name !== privilege);
  return left.length === 0 ? undefined : `GRANT ${left.join(", ")} ON ${on}`;
}

/** What TiDB says of an account of this name. */
export async function isLocked(tidb: TidbServer, user: string): Promise<boolean> {
  const root = await tidb.connect();
  const [rows] = await root.query("SELECT Account_locked AS locked FROM mysql.user WHERE User = ?", [user]);
  await root.end();
  return (rows as { locked: string }[])[0]?.locked === "Y";
}
