import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { PermanentError } from "#core/errors.ts";
import { errorCode, type FileLayer, readSmallFile } from "./file-layer.ts";

/** Held until it is released or the process dies, whichever comes first. */
export interface OwnerLock {
  release(): Promise<void>;
}

const NAME = /^owner\.(\d{1,15})$/;
const MAX_IDENTITY_BYTES = 1024;

/**
 * Makes this process the only owner of a queue's directory. The lock is the file `owner.N` with the highest N; it counts
 * only while the process that it names lives, so kill -9 frees it. Numbers only grow, and making one is a `link`, which
 * one process wins: two that find a dead owner at the same time cannot both succeed it.
 * @throws PermanentError (`queue_in_use`) that names the living owner.
 */
export async function takeOwnership(files: FileLayer, directory: string): Promise<OwnerLock> {
  const draft = join(directory, `.owner-${randomBytes(8).toString("hex")}`);
  await writeWhole(files, draft, await files.self());
  try {
    for (;;) {
      const last = Math.max(0, ...(await generations(files, directory)));
      await refuseIfAlive(files, directory, last);
      const mine = join(directory, `owner.${last + 1}`);
      if (!(await tryLink(files, draft, mine))) continue;
      for (const older of await generations(files, directory))
        if (older <= last) await files.remove(join(directory, `owner.${older}`));
      return { release: () => empty(files, mine) };
    }
  } finally {
    await files.remove(draft);
  }
}

async function tryLink(files: FileLayer, from: string, to: string): Promise<boolean> {
  try {
    await files.link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function generations(files: FileLayer, directory: string): Promise<number[]> {
  const names = await files.list(directory);
  return names.flatMap((name) => {
    const number = NAME.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

async function refuseIfAlive(files: FileLayer, directory: string, generation: number): Promise<void> {
  const bytes = await readSmallFile(files, join(directory, `owner.${generation}`), MAX_IDENTITY_BYTES);
  const identity = bytes?.toString("utf8") ?? "";
  if (identity === "" || !(await files.isRunning(identity))) return;
  throw new PermanentError(`the queue ${directory} is in use by process ${identity.split(" ", 1)[0]}`, {
    code: "queue_in_use",
  });
}

/** An empty file keeps the number and names nobody. */
async function empty(files: FileLayer, path: string): Promise<void> {
  const file = await files.open(path, "update");
  try {
    await file.truncate(0);
  } finally {
    await file.close();
  }
}

async function writeWhole(files: FileLayer, path: string, text: string): Promise<void> {
  const file = await files.open(path, "create");
  try {
    await file.write([Buffer.from(text)], 0);
  } finally {
    await file.close();
  }
}
