/** Room for what has a fixed size in a record: time, punctuation, and the bytes that a copy writes too many. */
const FIXED: usize = 128;

/** Where the next byte goes. */
export let out: usize = 0;
let output: usize = 0;
let outputEnd: usize = 0;

export function useOutput(from: usize, to: usize, position: usize): void {
  output = from;
  outputEnd = to;
  out = from + position;
}

export function writtenBytes(): i32 {
  return <i32>(out - output);
}

export function moveTo(to: usize): void {
  out = to;
}

@inline
export function hasRoom(length: usize): bool {
  return out + length + FIXED <= outputEnd;
}

@inline
export function put(byte: i32): void {
  store<u8>(out++, <u8>byte);
}

@inline
export function copy(from: usize, length: usize): void {
  let k: usize = 0;
  do {
    v128.store(out + k, v128.load(from + k));
    k += 16;
  } while (k < length);
  out += length;
}

/** `number` in decimal with leading zeros. */
export function digits(number: i32, width: usize): void {
  let rest = number;
  for (let k = width; k > 0; k--) {
    store<u8>(out + k - 1, <u8>(0x30 + (rest % 10)));
    rest /= 10;
  }
  out += width;
}
