import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { PermanentError } from "#core/errors.ts";

/** Whom the server's processes run as; empty = as ourselves. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** nobody:nogroup on Linux; for a directory that nobody has owned before. */
const NOBODY = 65534;

/**
 * PostgreSQL refuses to run as root. Root therefore starts it as the owner of the cluster's directory, who is "nobody"
 * at the first start; from then on the directory's ownership is the record of that choice.
 */
export async function chooseUser(clusterDir: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return {};
  const owner = await stat(clusterDir).catch(() => undefined);
  if (owner === undefined || owner.uid === 0) return { uid: NOBODY, gid: NOBODY };
  return { uid: owner.uid, gid: owner.gid };
}

/** @throws PermanentError naming the first folder on the way to `path` that this user may not pass through. */
export async function checkReachable(path: string, { uid, gid }: RunAs): Promise<void> {
  if (uid === undefined) return;
  const closed: string[] = [];
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    const { mode, uid: owner, gid: group } = await stat(dir);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) closed.push(dir);
    if (dir === dirname(dir)) break;
  }
  const first = closed.at(-1);
  if (first === undefined) return;
  throw new PermanentError(
    `PostgreSQL does not run as root, and user ${uid} cannot enter ${first}: run "chmod o+x" on it, choose another data_dir, or start Tidewatch as an ordinary user`,
    { code: "store_unreachable" },
  );
}
