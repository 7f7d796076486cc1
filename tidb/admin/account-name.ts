/** One row of `mysql.user`, named exactly: TiDB's user names are case-sensitive. */
export interface AccountName {
  readonly user: string;
  /** As the row has it: an address, a pattern (`10.0.%`), a network with a mask, or `%`. */
  readonly host: string;
}

/** TiDB's own limits, in characters. */
const MAX_USER_CHARACTERS = 32;
const MAX_HOST_CHARACTERS = 255;

/** Checks a name that may come from an attacker. A string says why there can be no such account. */
export function parseAccountName(user: string, host: string): AccountName | string {
  const reason = refuse("user name", user, MAX_USER_CHARACTERS) ?? refuse("host", host, MAX_HOST_CHARACTERS);
  return reason ?? { user, host };
}

/** Checks a user name alone; undefined = it can be one. */
export function refuseUserName(user: string): string | undefined {
  return refuse("user name", user, MAX_USER_CHARACTERS);
}

function refuse(what: string, text: string, maxCharacters: number): string | undefined {
  if (text.length === 0) return `the ${what} is empty`;
  // A character has at most two code units, so that a huge text need not be counted.
  if (text.length > maxCharacters * 2 || Array.from(text).length > maxCharacters) {
    return `the ${what} is longer than ${maxCharacters} characters`;
  }
  // A lone surrogate would reach the server as U+FFFD, which is another name.
  if (!text.isWellFormed()) return `the ${what} is not valid Unicode`;
  if (hasControlCharacter(text)) return `the ${what} has control characters`;
  return undefined;
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}

/**
 * The account in SQL, as quoted identifiers: inside backticks only the backtick has a meaning, whatever sql_mode says
 * about backslashes and double quotes. Statements on accounts take no bound values, so this is the only way in.
 */
export function quoteAccount({ user, host }: AccountName): string {
  return `${quoteIdentifier(user)}@${quoteIdentifier(host)}`;
}

function quoteIdentifier(text: string): string {
  return `\`${text.replaceAll("`", "``")}\``;
}
