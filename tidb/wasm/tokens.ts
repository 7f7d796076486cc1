// Flags of `core/columns.ts`.
const ESCAPED: i32 = 1;
export const JSON_SAFE: i32 = 2;
const NON_ASCII: i32 = 4;

const SPACE: i32 = 0x20;
const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;
const CLOSE: i32 = 0x5d;

/** Where the last token that was read ended, and its flags. */
export let tokenEnd: usize = 0;
export let tokenFlags: i32 = 0;

/** The inside of a quoted token from `from`; `tokenEnd` is its closing quote. */
export function quotedToken(from: usize, end: usize): bool {
  let at = from;
  let high: i32 = 0;
  tokenFlags = JSON_SAFE;
  for (;;) {
    const block = v128.load(at);
    const stops = quotedStops(block);
    if (stops == 0) {
      high |= i8x16.bitmask(block);
      at += 16;
      if (at >= end) return false;
      continue;
    }
    const n = ctz(stops);
    high |= i8x16.bitmask(block) & ((1 << n) - 1);
    at += <usize>n;
    if (at >= end) return false;
    const byte = load<u8>(at);
    if (byte == QUOTE) break;
    if (byte != BACKSLASH) return false;
    const width = escapeWidth(at, end);
    if (width == 0) return false;
    tokenFlags |= ESCAPED;
    at += width;
  }
  if (high != 0) tokenFlags |= NON_ASCII;
  tokenEnd = at;
  return true;
}

/** Bytes of the escape at `at`, or 0 when it is none that JSON knows. */
function escapeWidth(at: usize, end: usize): usize {
  if (at + 1 >= end) return 0;
  switch (<i32>load<u8>(at + 1)) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return 2;
    case 0x75: {
      if (at + 5 >= end) return 0;
      for (let k: usize = 2; k < 6; k++) {
        const byte = <i32>load<u8>(at + k) | 0x20;
        if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return 0;
      }
      return 6;
    }
    default:
      return 0;
  }
}

/** A token without quotes from `from`; `tokenEnd` is the bracket that closes it. */
export function rawToken(from: usize, end: usize): bool {
  let at = from;
  let high: i32 = 0;
  let block = v128.load(at);
  let stops = rawStops(block);
  while (stops == 0) {
    high |= i8x16.bitmask(block);
    at += 16;
    if (at >= end) return false;
    block = v128.load(at);
    stops = rawStops(block);
  }
  const n = ctz(stops);
  high |= i8x16.bitmask(block) & ((1 << n) - 1);
  at += <usize>n;
  if (at >= end || load<u8>(at) != CLOSE) return false;
  tokenFlags = JSON_SAFE;
  if (at + 1 < end && load<u8>(at + 1) != SPACE) return false;
  if (high != 0) tokenFlags |= NON_ASCII;
  tokenEnd = at;
  return true;
}

@inline
function rawStops(block: v128): i32 {
  return quotedStops(block) | i8x16.bitmask(i8x16.eq(block, i8x16.splat(0x5d)));
}

/** One bit for each byte that is a quote, a backslash or a control character. */
@inline
function quotedStops(block: v128): i32 {
  const special = v128.or(i8x16.eq(block, i8x16.splat(0x22)), i8x16.eq(block, i8x16.splat(0x5c)));
  return i8x16.bitmask(v128.or(special, i8x16.lt_u(block, i8x16.splat(0x20))));
}
