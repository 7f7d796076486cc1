import { mkdir, open, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a directory and its parents as far as they are missing; all of them survive a power cut once it resolves. Each is a
 * name in the one above, which a power cut forgets until that one is synced. `mode` is for those that are made. Step by
 * step, because `recursive` of Node tries for ever where nothing can be made, as below /proc.
 * @throws what the file system says.
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    await makeDirectory(dirname(resolve(path)), mode);
    await makeOne(path, mode);
  }
}

/** Throws what the file system says, ENOENT when the one above is missing. */
async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw error;
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory() !== true) throw error;
    return;
  }
  await syncDirectory(dirname(resolve(path)));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Names made, changed or removed in it before survive a power cut once it resolves. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
