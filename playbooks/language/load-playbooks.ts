import { glob, readFile } from "node:fs/promises";
import type { ActionFactory } from "../action.ts";
import type { Playbook } from "./playbook.ts";
import { PlaybookError, readPlaybook } from "./read-playbook.ts";

/** Reads playbooks from files and globs, in the order of their paths. @throws PlaybookError with the mistakes of all files. */
export async function loadPlaybooks(
  patterns: readonly string[],
  actions: readonly ActionFactory[],
): Promise<readonly Playbook[]> {
  const mistakes: string[] = [];
  const playbooks = new Map<string, Playbook>();
  for (const file of await findFiles(patterns, mistakes)) {
    try {
      const playbook = readPlaybook(await readFile(file, "utf8"), file, actions);
      if (playbooks.has(playbook.playbook)) mistakes.push(`${file}: there is another playbook "${playbook.playbook}"`);
      playbooks.set(playbook.playbook, playbook);
    } catch (error) {
      if (!(error instanceof PlaybookError)) throw error;
      mistakes.push(...error.mistakes);
    }
  }
  if (mistakes.length > 0) throw new PlaybookError(mistakes);
  return [...playbooks.values()];
}

async function findFiles(patterns: readonly string[], mistakes: string[]): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    const before = files.size;
    for await (const file of glob(pattern)) files.add(file);
    if (files.size === before) mistakes.push(`${pattern}: there is no such file`);
  }
  return [...files].sort();
}
