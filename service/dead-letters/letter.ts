import { crc32 } from "node:zlib";
import * as z from "zod";
import type { LogBatch } from "#core/batch.ts";
import { TidewatchError } from "#core/errors.ts";
import type { BatchCodec } from "#kit/batch-codec.ts";

const LINE_FEED = 0x0a;

const letterHead = z.object({
  version: z.literal(1),
  set_aside: z.string(),
  /** Id of the component that gave the records up. */
  component: z.string(),
  /** Where in the graph they come in again: `exporter kafka`, `processor logs transform`. */
  origin: z.string(),
  code: z.string(),
  reason: z.string(),
  records: z.int().min(0),
  attempts: z.array(z.object({ at: z.string(), error: z.string() })),
  crc32: z.int().min(0),
});

/** What stands above the records of a dead letter. */
export type LetterHead = z.output<typeof letterHead>;

/** One line of JSON, so that `head -n 1` shows why, and the records as the durable queue has them. */
export function encodeLetter(
  head: Omit<LetterHead, "version" | "records" | "crc32">,
  records: LogBatch,
  codec: BatchCodec,
): Buffer {
  const payload = codec.encode(records).bytes;
  const whole: LetterHead = { version: 1, ...head, records: records.size, crc32: crc32(payload) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(whole)}\n`), payload]);
}

/** @throws TidewatchError `letter_damaged` when this is no whole letter. */
export function decodeHead(bytes: Buffer): { head: LetterHead; payload: Buffer } {
  const end = bytes.indexOf(LINE_FEED);
  try {
    const head = letterHead.parse(JSON.parse(bytes.toString("utf8", 0, Math.max(0, end))));
    return { head, payload: bytes.subarray(end + 1) };
  } catch (error) {
    throw new TidewatchError("dead letter is damaged: its first line cannot be read", {
      cause: error,
      code: "letter_damaged",
    });
  }
}

/** @throws TidewatchError `letter_damaged` when this is no whole letter. */
export function decodeLetter(bytes: Buffer, codec: BatchCodec): { head: LetterHead; records: LogBatch } {
  const { head, payload } = decodeHead(bytes);
  if (crc32(payload) !== head.crc32)
    throw new TidewatchError("dead letter is damaged: its checksum differs", { code: "letter_damaged" });
  return { head, records: codec.decode(payload) };
}
