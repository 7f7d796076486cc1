import { hasRoom, out, put, moveTo } from "./output";

/** What writing a part came to. */
export const DONE: i32 = 0;
export const NO_ROOM: i32 = 1;

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** Valid UTF-8 as the inside of a JSON string, escaped as `JSON.stringify` does. */
export function escape(from: usize, to: usize): i32 {
  if (!hasRoom(6 * (to - from))) return NO_ROOM;
  let at = from;
  while (at < to) {
    const block = v128.load(at);
    v128.store(out, block);
    const special = v128.or(i8x16.eq(block, i8x16.splat(0x22)), i8x16.eq(block, i8x16.splat(0x5c)));
    const stops = i8x16.bitmask(v128.or(special, i8x16.lt_u(block, i8x16.splat(0x20))));
    const plain: usize = stops == 0 ? 16 : <usize>(<u32>ctz(stops));
    if (at + plain >= to) {
      moveTo(out + (to - at));
      return DONE;
    }
    moveTo(out + plain);
    at += plain;
    if (stops != 0) escapeByte(<i32>load<u8>(at++));
  }
  return DONE;
}

function escapeByte(byte: i32): void {
  const short = shortEscape(byte);
  put(BACKSLASH);
  if (short != 0) {
    put(short);
    return;
  }
  put(0x75);
  put(0x30);
  put(0x30);
  put(0x30 + (byte >> 4));
  put((byte & 15) < 10 ? 0x30 + (byte & 15) : 0x57 + (byte & 15));
}

function shortEscape(byte: i32): i32 {
  if (byte == QUOTE || byte == BACKSLASH) return byte;
  if (byte == 8) return 0x62;
  if (byte == 9) return 0x74;
  if (byte == 10) return 0x6e;
  if (byte == 12) return 0x66;
  return byte == 13 ? 0x72 : 0;
}
