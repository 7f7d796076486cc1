import { randomBytes } from "node:crypto";
import { link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PermanentError } from "#core/errors.ts";
import { processStart } from "./process-identity.ts";

/** Held until it is released or the process dies, whichever comes first. */
export interface OwnerLock {
  release(): Promise<void>;
}

/**
 * Makes this process the only owner of a folder. The lock is the file `owner.N` with the highest N, and it counts only
 * while the process that it names lives: kill -9 frees it. Numbers only grow, and creating one is a `link`, which
 * exactly one process wins; so two processes that find a dead owner at the same time cannot both succeed it.
 * @throws PermanentError naming the pid of a living owner.
 */
export async function takeOwnership(dir: string): Promise<OwnerLock> {
  const draft = join(dir, `.owner-${randomBytes(8).toString("hex")}`);
  await writeFile(draft, JSON.stringify({ pid: process.pid, start: await processStart(process.pid) }), { mode: 0o600 });
  try {
    for (;;) {
      const last = Math.max(0, ...(await generations(dir)));
      await refuseIfAlive(dir, last);
      const mine = join(dir, `owner.${last + 1}`);
      const won = await link(draft, mine).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "EEXIST") return false;
          throw error;
        },
      );
      if (!won) continue;
      for (const older of await generations(dir))
        if (older <= last) await rm(join(dir, `owner.${older}`), { force: true });
      // An empty file keeps the number and names nobody.
      return { release: () => writeFile(mine, "") };
    }
  } finally {
    await rm(draft, { force: true });
  }
}

async function generations(dir: string): Promise<number[]> {
  const names = await readdir(dir);
  return names.filter((name) => name.startsWith("owner.")).map((name) => Number(name.slice("owner.".length)) || 0);
}

async function refuseIfAlive(dir: string, generation: number): Promise<void> {
  const text = await readFile(join(dir, `owner.${generation}`), "utf8").catch(() => "");
  if (text === "") return;
  const { pid, start } = JSON.parse(text) as { pid: number; start?: string };
  if ((await processStart(pid)) !== start) return;
  throw new PermanentError(
    `the data directory ${dir} is in use by process ${pid}; stop it or choose another data_dir`,
    {
      code: "store_in_use",
    },
  );
}
