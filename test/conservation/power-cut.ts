import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DiskModel } from "./disk-model.ts";
import type { JournalLine } from "./inside/disk-journal.ts";

/**
 * Makes of a run's folder what a loss of power would have left at the moment at which the journal ends: content that was
 * synced and by chance some of what was not; names whose directory was synced, and by chance some that were not. Logs are
 * left alone: they are the source's.
 */
export async function cutPower(root: string, journal: string, random: () => number): Promise<void> {
  const model = new DiskModel(root, random);
  for (const [path, content] of await filesUnder(`${journal}.base`)) model.found(join(root, path), content);
  const lines = (await readFile(journal, "utf8")).split("\n").slice(0, -1);
  for (const line of lines) model.replay(JSON.parse(line) as JournalLine);
  const left = model.left();
  for (const name of await readdir(root)) if (isOurs(name)) await rm(join(root, name), { recursive: true });
  for (const [path, content] of left) {
    if (content === undefined) await mkdir(path, { recursive: true });
    else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
  }
  for (const path of [journal, `${journal}.base`]) await rm(path, { recursive: true });
}

const isOurs = (path: string): boolean => !path.endsWith(".log");

/** By path from the folder on; undefined is the content of a directory. */
async function filesUnder(folder: string): Promise<Map<string, Buffer | undefined>> {
  const found = new Map<string, Buffer | undefined>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (entry.isDirectory()) found.set(name, undefined);
    else if (isOurs(name)) found.set(name, await readFile(path));
  }
  return found;
}
