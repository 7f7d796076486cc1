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

const NOTHING = Buffer.alloc(0);

/** Fields of a line whose keys are guessed; a power of two. */
const GUESSES = 64;

/** Bytes kept for `[key=` of each guess; longer keys are not guessed. */
const STRIDE = 64;

/** The first 0 to 3 bytes of a word. */
const FIRST_BYTES = Int32Array.of(0, 0xff, 0xffff, 0xffffff);

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
  #bytes: Buffer = NOTHING;
  #view: DataView = new DataView(NOTHING.buffer, NOTHING.byteOffset, 0);
  readonly #out: ColumnWriter;
  readonly #guess = new Int32Array(GUESSES).fill(NO_KEY);
  /** `[key=` of each guess, and how long it is. */
  readonly #texts = Buffer.alloc(GUESSES * STRIDE);
  readonly #textsView = new DataView(this.#texts.buffer, this.#texts.byteOffset, this.#texts.length);
  readonly #lengths = new Int32Array(GUESSES);

  constructor(out: ColumnWriter) {
    this.#out = out;
  }

  useBytes(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Notes that the field at the current position has `key`, which stands raw at [from, to), and moves on. */
  learn(key: number, from: number, to: number): void {
    const guess = this.position & (GUESSES - 1);
    const length = to - from + 2;
    this.position++;
    const raw = length <= STRIDE && this.#bytes[from - 1] === OPEN && this.#bytes[to] === EQUALS;
    this.#guess[guess] = raw ? key : NO_KEY;
    if (!raw) return;
    for (let k = 0; k < length; k++) this.#texts[guess * STRIDE + k] = this.#bytes[from - 1 + k] as number;
    this.#lengths[guess] = length;
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
    while (at < end) {
      const guess = position & (GUESSES - 1);
      const key = this.#guess[guess] as number;
      if (key === NO_KEY) break;
      const length = this.#lengths[guess] as number;
      if (!this.#isAt(at, guess * STRIDE, length)) break;
      let i = at + length;
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

  /** The bytes at `at` are those at `text` of the guesses. */
  #isAt(at: number, text: number, length: number): boolean {
    const bytes = this.#view;
    const texts = this.#textsView;
    if (at + length + 4 > bytes.byteLength) return false;
    let k = 0;
    for (; k + 4 <= length; k += 4) {
      if (bytes.getInt32(at + k, true) !== texts.getInt32(text + k, true)) return false;
    }
    const rest = FIRST_BYTES[length - k] as number;
    return (bytes.getInt32(at + k, true) & rest) === (texts.getInt32(text + k, true) & rest);
  }
}
