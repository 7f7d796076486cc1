import { type AccountName, refuseUserName } from "./account-name.ts";
import type { Account, Session, TidbAdmin } from "./admin.ts";
import { TidbSession, type TidbAdminSettings } from "./session.ts";
import { clearMarkerStatement, killStatement, lockStatement, MARKER, unlockStatement } from "./statements.ts";

const ACCOUNTS = `SELECT User AS user, Host AS host, Account_locked AS locked, Super_priv AS super,
  JSON_UNQUOTE(JSON_EXTRACT(User_attributes, '$.metadata.${MARKER}')) AS marker
  FROM mysql.user WHERE User = ?`;

const MAX_SESSIONS = 10_000;

// The id as text: a driver that reads it as a number rounds it.
const SESSIONS = `SELECT CAST(ID AS CHAR) AS id, USER AS user, HOST AS client, INSTANCE AS instance
  FROM INFORMATION_SCHEMA.CLUSTER_PROCESSLIST
  WHERE USER = ? AND ID <> CONNECTION_ID() LIMIT ${MAX_SESSIONS}`;

const OWNER = "SELECT USER AS user FROM INFORMATION_SCHEMA.CLUSTER_PROCESSLIST WHERE CAST(ID AS CHAR) = ?";

/** The real thing, over mysql2. Opens nothing until it is asked something. */
export function createTidbAdmin(settings: TidbAdminSettings): TidbAdmin {
  const session = new TidbSession(settings);

  const accountsNamed = async (user: string, signal: AbortSignal): Promise<Account[]> => {
    if (refuseUserName(user) !== undefined) return [];
    const rows = (await session.select(ACCOUNTS, [user], signal)) as unknown as AccountRow[];
    // The collation of the column takes "a" and "a " for the same.
    return rows.filter((row) => row.user === user).map(toAccount);
  };

  const account = async (name: AccountName, signal: AbortSignal): Promise<Account | undefined> => {
    const rows = await accountsNamed(name.user, signal);
    return rows.find(({ host }) => host === name.host);
  };

  return {
    user: settings.user,
    accountsNamed,
    account,
    lockAccount: (name, effectId, signal) => session.run(lockStatement(name, effectId), signal),
    async unlockAccount(name, effectId, signal) {
      const now = await account(name, signal);
      if (now?.marker !== effectId) return;
      await session.run(now.locked ? unlockStatement(name) : clearMarkerStatement(name), signal);
    },
    async sessionsOf(user, signal) {
      const rows = (await session.select(SESSIONS, [user], signal)) as unknown as Session[];
      return rows.filter((row) => row.user === user);
    },
    async killSession({ id, user }, signal) {
      const statement = killStatement(id);
      // Ids are used again: between list and kill the session may have become somebody else's.
      const [owner] = await session.select(OWNER, [id], signal);
      if (owner?.user !== user) return false;
      await session.run(statement, signal);
      return true;
    },
    close: async () => session.close(),
  };
}

interface AccountRow {
  readonly user: string;
  readonly host: string;
  readonly locked: "Y" | "N";
  readonly super: "Y" | "N";
  readonly marker: string | null;
}

function toAccount(row: AccountRow): Account {
  const { user, host } = row;
  return { user, host, locked: row.locked === "Y", marker: row.marker ?? undefined, isSuper: row.super === "Y" };
}
