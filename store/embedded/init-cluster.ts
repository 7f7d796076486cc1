import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { errorMessage, PermanentError } from "#core/errors.ts";
import type { PostgresBinaries } from "./locate-binaries.ts";
import type { RunAs } from "./run-as.ts";

export const SUPERUSER = "tidewatch";

/**
 * Makes the database cluster at the first start and returns the password of its only account. A cluster appears under
 * its name complete or not at all: it is built beside it and renamed.
 */
export async function initCluster(
  binaries: PostgresBinaries,
  dataDir: string,
  clusterDir: string,
  runAs: RunAs,
): Promise<string> {
  const passwordFile = join(dataDir, "password");
  const exists = await access(join(clusterDir, "PG_VERSION")).then(
    () => true,
    () => false,
  );
  if (exists) {
    return readFile(passwordFile, "utf8").catch((error: unknown) => {
      throw new PermanentError(`cannot read the database's password: ${errorMessage(error)}`, {
        cause: error,
        code: "store_password",
      });
    });
  }
  const password = randomBytes(24).toString("base64url");
  await writeFile(passwordFile, password, { mode: 0o600 });
  const draft = `${clusterDir}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (runAs.uid !== undefined && runAs.gid !== undefined) {
    await chown(draft, runAs.uid, runAs.gid);
    await chown(passwordFile, runAs.uid, runAs.gid);
  }
  const args = ["-D", draft, "-U", SUPERUSER, "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
  args.push("-E", "UTF8", "--locale=C", "--no-instructions");
  try {
    await promisify(execFile)(binaries.initdb, args, { ...runAs, cwd: draft, env: { LC_ALL: "C" } });
  } catch (error) {
    throw new PermanentError(`initdb failed: ${errorMessage(error)}`, { cause: error, code: "store_initdb" });
  }
  await rename(draft, clusterDir);
  return password;
}
