import { ESCAPED, JSON_SAFE, NON_ASCII } from "#core/columns.ts";

/** Byte classes that a scanner of raw values stops at. */
const PLAIN = 0;
const QUOTE = 1;
const BACKSLASH = 2;
const CONTROL = 3;
const CLOSE = 4;
const EQUALS = 5;

const CLASS = new Uint8Array(256);
CLASS.fill(CONTROL, 0, 0x20);
CLASS[0x22] = QUOTE;
CLASS[0x5c] = BACKSLASH;
CLASS[0x5d] = CLOSE;
CLASS[0x3d] = EQUALS;

/** Scans tokens of the unified log format; the result of the last scan stands in the public fields. */
export class TokenScanner {
  /** First byte of the value, quotes excluded. */
  from = 0;
  /** Byte after the value's last, quotes excluded. */
  to = 0;
  flags = 0;
  /** Byte after the token, quotes included. */
  next = 0;

  /**
   * A quoted token whose opening quote is at `at`. False when it does not close before `end`. JSON_SAFE is set when
   * its escapes are those of JSON, so that an encoder can copy the bytes.
   */
  quoted(bytes: Uint8Array, at: number, end: number): boolean {
    let i = at + 1;
    let seen = 0;
    let flags = JSON_SAFE;
    this.from = i;
    for (;;) {
      let byte = 0;
      while (
        i < end &&
        ((byte = bytes[i] as number), (CLASS[byte] as number) === PLAIN || byte === 0x5d || byte === 0x3d)
      ) {
        seen |= byte;
        i++;
      }
      if (i >= end) return false;
      if (byte === 0x22) break;
      if (byte === 0x5c) {
        flags |= ESCAPED;
        if (!isJsonEscape(bytes, i, end)) flags &= ~JSON_SAFE;
        i += 2;
      } else {
        flags &= ~JSON_SAFE;
        i++;
      }
    }
    this.to = i;
    this.next = i + 1;
    this.flags = seen >= 0x80 ? flags | NON_ASCII : flags;
    return true;
  }

  /**
   * A raw token that ends before the `]` that closes its bracket. Components that do not quote (TiProxy's messages and
   * times, the audit log's time stamps) put spaces and brackets inside: the bracket closes at the first `]` that a
   * space or the end of the line follows. False when there is none.
   */
  raw(bytes: Uint8Array, at: number, end: number): boolean {
    let i = at;
    let seen = 0;
    let flags = JSON_SAFE;
    let backslashes = 0;
    for (; i < end; i++) {
      const byte = bytes[i] as number;
      const kind = CLASS[byte] as number;
      if (kind === PLAIN || kind === EQUALS) {
        seen |= byte;
        continue;
      }
      if (kind === CLOSE) {
        if (i + 1 === end || bytes[i + 1] === 0x20) break;
      } else {
        flags &= ~JSON_SAFE;
        if (kind === BACKSLASH) backslashes++;
      }
    }
    if (i >= end) return false;
    this.from = at;
    this.to = i;
    this.next = i;
    // pingcap/log writes a bad byte as \ufffd in tokens that it does not quote; any other backslash is a backslash.
    if (backslashes > 0 && onlyReplacementEscapes(bytes, at, i, backslashes)) flags |= ESCAPED | JSON_SAFE;
    this.flags = seen >= 0x80 ? flags | NON_ASCII : flags;
    return true;
  }
}

/** The escape at `bytes[at]` is one that JSON knows. */
function isJsonEscape(bytes: Uint8Array, at: number, end: number): boolean {
  switch (bytes[at + 1]) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return at + 1 < end;
    case 0x75:
      return at + 5 < end && isHex4(bytes, at + 2);
    default:
      return false;
  }
}

function isHex4(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 4; i++) {
    const byte = (bytes[i] as number) | 0x20;
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return false;
  }
  return true;
}

const REPLACEMENT = Buffer.from("\\ufffd");

function onlyReplacementEscapes(bytes: Uint8Array, from: number, to: number, backslashes: number): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
  if (view.includes(0x22)) return false;
  let found = 0;
  for (let at = view.indexOf(REPLACEMENT); at >= 0; at = view.indexOf(REPLACEMENT, at + REPLACEMENT.length)) found++;
  return found === backslashes;
}
