import { pick, type Random } from "#test/oracle/random.ts";

export const CELL_BYTES = 64;
export const GIANT_BYTES = 10 * 1024 * 1024;

/** Text in which every place is told from every other: cells of 64 characters, each with its number. */
export function cellText(name: string, bytes: number): string {
  const cells = Array.from({ length: Math.ceil(bytes / CELL_BYTES) }, (_, k) =>
    `#${name}:${String(k).padStart(9, "0")}:`.padEnd(CELL_BYTES, "abcdefghij"),
  );
  return cells.join("").slice(0, bytes);
}

const ODD = [
  Buffer.from([0]),
  Buffer.from([0xff]),
  Buffer.from([0xc3]),
  Buffer.from([0xe2, 0x82]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from("\r"),
  Buffer.from("\t  "),
  Buffer.from("\u001b[31m"),
  Buffer.from("größe 🙂"),
  Buffer.from('"\\'),
  Buffer.from("[2026/11/23"),
];

/** A line that is no line of TiDB's: NUL, broken UTF-8, lone carriage returns, brackets that nobody closes. */
export function oddBytes(n: number, random: Random): Buffer {
  const parts = Array.from({ length: 1 + Math.floor(random() * 12) }, () => [pick(random, ODD), Buffer.from("x")]);
  return Buffer.concat([Buffer.from(`odd ${n} `), ...parts.flat()]);
}
