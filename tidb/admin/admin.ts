import type { AccountName } from "./account-name.ts";

/** An account as `mysql.user` has it now. */
export interface Account extends AccountName {
  readonly locked: boolean;
  /** Id of the effect of ours that locked it; stays when somebody else unlocks it. */
  readonly marker: string | undefined;
  /** Has SUPER: the responder's grants do not let it change such an account. */
  readonly isSuper: boolean;
}

export interface Session {
  /** Cluster-wide connection id, decimal text: it may exceed 2^53. */
  readonly id: string;
  readonly user: string;
  /** `address:port` as the server sees the client. */
  readonly client: string;
  /** Address of the TiDB server that holds the session. */
  readonly instance: string;
}

/**
 * What the responder may do on one cluster. It holds one session with the least grants:
 * `PROCESS, CREATE USER, CONNECTION_ADMIN ON *.*` and `SELECT ON mysql.user`.
 *
 * All methods throw RetryableError when the cluster cannot be asked and PermanentError when it refuses.
 */
export interface TidbAdmin {
  /** User name that the responder itself logs in with. */
  readonly user: string;
  /** Every row of this user; none for a name that no account can have. */
  accountsNamed(user: string, signal: AbortSignal): Promise<Account[]>;
  account(name: AccountName, signal: AbortSignal): Promise<Account | undefined>;
  /** Locks the account and puts our marker on it. Sessions that are open go on. */
  lockAccount(name: AccountName, effectId: string, signal: AbortSignal): Promise<void>;
  /** Takes our marker off and unlocks the account if both are still as `lockAccount` left them; else leaves it alone. */
  unlockAccount(name: AccountName, effectId: string, signal: AbortSignal): Promise<void>;
  /**
   * Sessions of this user on all servers, without our own; at most 10,000. A session that has run nothing yet is not
   * in it: TiDB does not list it.
   */
  sessionsOf(user: string, signal: AbortSignal): Promise<Session[]>;
  /** Ends a session if the id still belongs to this user; false when it does not. TiDB's OK says nothing: list again. */
  killSession(session: Session, signal: AbortSignal): Promise<boolean>;
  /** Ends our own session and fails what waits; safe twice. */
  close(): Promise<void>;
}
