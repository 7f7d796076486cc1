import { ESCAPED, JSON_SAFE, NON_ASCII } from "#core/columns.ts";
import type { ColumnWriter } from "#core/column-writer.ts";
import { NO_KEY } from "#core/key-table.ts";
import { isJsonEscape } from "./token.ts";

const SPACE = 0x20;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const QUOTE = 0x22;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** Fields of a line whose keys are guessed; a power of two. */
const GUESSES = 64;

/** 1 for the bytes at which a scan of a quoted, or of a raw, value stops. */
const QUOTED_STOPS = new Uint8Array(256).fill(1, 0, 0x20);
const RAW_STOPS = new Uint8Array(256).fill(1, 0, 0x20);
QUOTED_STOPS[QUOTE] = QUOTED_STOPS[BACKSLASH] = 1;
RAW_STOPS[QUOTE] = RAW_STOPS[BACKSLASH] = RAW_STOPS[CLOSE] = 1;

/**
 * The fast way through the fields of a line: lines of a kind follow one another, so the key at a position is mostly the
 * one that the line before had there, and comparing it costs less than looking it up.
 */
export class ExpectedFields {
  /** Number of the next field within its line; the caller sets it to 0 at the start of a line. */
  position = 0;
  readonly #bytes: Buffer;
  readonly #out: ColumnWriter;
  readonly #guess = new Int32Array(GUESSES).fill(NO_KEY);

  constructor(bytes: Buffer, out: ColumnWriter) {
    this.#bytes = bytes;
    this.#out = out;
  }

  /** Notes the key that the field at the current position turned out to have, and moves on. */
  learn(key: number): void {
    this.#guess[this.position & (GUESSES - 1)] = key;
    this.position++;
  }

  /**
   * The fields at `start` as long as each has the key that the line before had there, and an ordinary value: nearly all
   * fields of nearly all lines. Everything else is left to the caller. Returns the byte after the last one taken.
   */
  scan(start: number, end: number): number {
    const bytes = this.#bytes;
    const out = this.#out;
    let at = start;
    let { position } = this;
    while (at < end && bytes[at] === OPEN) {
      const key = this.#guess[position & (GUESSES - 1)] as number;
      if (key === NO_KEY) break;
      const raw = out.keys.raw(key);
      const { length } = raw;
      let i = at + 1;
      let k = 0;
      while (k < length && raw[k] === bytes[i + k]) k++;
      i += length;
      if (k < length || bytes[i] !== EQUALS) break;
      i++;
      const quoted = bytes[i] === QUOTE;
      if (quoted) i++;
      const from = i;
      const stops = quoted ? QUOTED_STOPS : RAW_STOPS;
      let seen = 0;
      let flags = JSON_SAFE;
      let byte = bytes[i] as number;
      for (;;) {
        // The line feed behind the line stops it too; a line at the very end of the block is checked below.
        while (stops[byte] === 0) {
          seen |= byte;
          byte = bytes[++i] as number;
        }
        if (!quoted || byte !== BACKSLASH || i >= end) break;
        flags |= ESCAPED;
        if (!isJsonEscape(bytes, i, end)) flags &= ~JSON_SAFE;
        i += 2;
        byte = bytes[i] as number;
      }
      const close = quoted ? i + 1 : i;
      if (close >= end || byte !== (quoted ? QUOTE : CLOSE) || bytes[close] !== CLOSE) break;
      if (!quoted && close + 1 < end && bytes[close + 1] !== SPACE) break;
      out.field(key, from, i, seen >= 0x80 ? flags | NON_ASCII : flags);
      position++;
      at = close + 1;
      if (bytes[at] === SPACE) at++;
    }
    this.position = position;
    return at;
  }
}
