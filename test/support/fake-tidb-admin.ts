import { RetryableError } from "#core/errors.ts";
import type { Account, Session, TidbAdmin } from "#tidb/admin/admin.ts";

export interface FakeTidbAdmin extends TidbAdmin {
  /** What the cluster has; change it as another person would. */
  readonly accounts: Account[];
  readonly sessions: Session[];
  /** Ids that were killed, in order. */
  readonly killed: readonly string[];
  /** Every call fails as if the cluster were away. */
  unreachable: boolean;
  /** Called before each list of sessions: a place for sessions to come up. */
  beforeList: () => void;
}

/** A cluster in memory that behaves as the real one does. */
export function fakeTidbAdmin(accounts: readonly Partial<Account>[] = [], user = "responder"): FakeTidbAdmin {
  const killed: string[] = [];
  const reach = (): void => {
    if (fake.unreachable) throw new RetryableError("the cluster is away");
  };
  const change = (name: { user: string; host: string }, changed: Partial<Account>): void => {
    const at = fake.accounts.findIndex((row) => row.user === name.user && row.host === name.host);
    const account = fake.accounts[at];
    if (account !== undefined) fake.accounts[at] = { ...account, ...changed };
  };
  const fake: FakeTidbAdmin = {
    user,
    accounts: accounts.map((row) => ({
      user: "",
      host: "%",
      locked: false,
      marker: undefined,
      isSuper: false,
      ...row,
    })),
    sessions: [],
    killed,
    unreachable: false,
    beforeList: () => {},
    async accountsNamed(name) {
      reach();
      return fake.accounts.filter((row) => row.user === name);
    },
    async account(name) {
      reach();
      return fake.accounts.find((row) => row.user === name.user && row.host === name.host);
    },
    async lockAccount(name, effectId) {
      reach();
      change(name, { locked: true, marker: effectId });
    },
    async unlockAccount(name, effectId) {
      reach();
      const now = fake.accounts.find((row) => row.user === name.user && row.host === name.host);
      if (now?.marker === effectId) change(name, { locked: false, marker: undefined });
    },
    async sessionsOf(name) {
      reach();
      fake.beforeList();
      return fake.sessions.filter((session) => session.user === name);
    },
    async killSession({ id, user: owner }) {
      reach();
      const at = fake.sessions.findIndex((session) => session.id === id && session.user === owner);
      if (at < 0) return false;
      fake.sessions.splice(at, 1);
      killed.push(id);
      return true;
    },
    close: () => Promise.resolve(),
  };
  return fake;
}
