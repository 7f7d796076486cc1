import { type AccountName, quoteAccount } from "./account-name.ts";

/** Key in an account's attributes where the id of the effect that locked it stands. */
export const MARKER = "tidewatch";

/** The lock and whose it is, in one statement: nobody can see the one without the other. */
export function lockStatement(account: AccountName, effectId: string): string {
  return `ALTER USER ${quoteAccount(account)} ACCOUNT LOCK ATTRIBUTE '{"${MARKER}": "${checkEffectId(effectId)}"}'`;
}

/** TiDB merges attributes, and a null takes the key out; those of others stay. */
export function unlockStatement(account: AccountName): string {
  return `ALTER USER ${quoteAccount(account)} ACCOUNT UNLOCK ATTRIBUTE '{"${MARKER}": null}'`;
}

export function clearMarkerStatement(account: AccountName): string {
  return `ALTER USER ${quoteAccount(account)} ATTRIBUTE '{"${MARKER}": null}'`;
}

/** KILL takes no bound value: the id must be in the text. @throws RangeError unless it is 1 to 20 digits. */
export function killStatement(connectionId: string): string {
  if (!isMadeOf(connectionId, DIGITS, 20)) throw new RangeError("a connection id is 1 to 20 digits");
  return `KILL TIDB CONNECTION ${connectionId}`;
}

/** @throws RangeError unless the id can stand in quotes inside JSON inside SQL. */
function checkEffectId(id: string): string {
  if (!isMadeOf(id, DIGITS + LETTERS, 32)) throw new RangeError("an effect id is 1 to 32 of a-z and 0-9");
  return id;
}

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

function isMadeOf(text: string, alphabet: string, maxLength: number): boolean {
  return (
    text.length > 0 && text.length <= maxLength && Array.from(text).every((character) => alphabet.includes(character))
  );
}
