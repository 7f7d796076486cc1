import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";

/** Checksum of a file's first bytes: tells a file from another one that got its inode. */
export interface Fingerprint {
  readonly length: number;
  readonly sum: number;
}

/** Names an open file for as long as it exists: rename keeps it, delete-and-create changes it. */
export function fileKey(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** Reads at most `size` first bytes. */
export async function readFingerprint(handle: FileHandle, size: number): Promise<Fingerprint> {
  const head = Buffer.alloc(size);
  const { bytesRead } = await handle.read(head, 0, size, 0);
  return { length: bytesRead, sum: crc32(head.subarray(0, bytesRead)) };
}

/** A fingerprint of up to `size` first bytes, or undefined when the file does not begin as the known one says any more. */
export async function extendFingerprint(
  handle: FileHandle,
  known: Fingerprint,
  size: number,
): Promise<Fingerprint | undefined> {
  const head = Buffer.alloc(Math.max(size, known.length));
  // Both from one read: between two the file may be emptied and written anew.
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  if (bytesRead < known.length || crc32(head.subarray(0, known.length)) !== known.sum) return undefined;
  return { length: bytesRead, sum: crc32(head.subarray(0, bytesRead)) };
}

/** The file still begins as it did when the fingerprint was taken. */
export async function stillBegins(handle: FileHandle, fingerprint: Fingerprint): Promise<boolean> {
  const now = await readFingerprint(handle, fingerprint.length);
  return now.length === fingerprint.length && now.sum === fingerprint.sum;
}
