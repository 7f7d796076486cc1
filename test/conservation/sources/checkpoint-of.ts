import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Stage } from "../family.ts";

interface Saved {
  readonly key: string;
  readonly offset: number;
  readonly fingerprint: { readonly length: number; readonly sum: number };
}

/** Up to where a file, as it is now, has been called safe by the checkpoints on the disk; 0 when they do not know it. */
export async function checkpointOf(stage: Stage, path: string): Promise<number> {
  const saved = await readFile(join(stage.path, "storage/file_log.checkpoints"), "utf8").catch(() => undefined);
  if (saved === undefined) return 0;
  await using file = await open(path, "r");
  const { dev, ino } = await file.stat({ bigint: true });
  const known = (JSON.parse(saved) as { files: Saved[] }).files.find(({ key }) => key === `${dev}:${ino}`);
  if (known === undefined) return 0;
  const head = Buffer.alloc(known.fingerprint.length);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  // What is known may be of before the file was emptied.
  const isThisOne = bytesRead === head.length && crc32(head) === known.fingerprint.sum;
  return isThisOne ? known.offset : 0;
}
