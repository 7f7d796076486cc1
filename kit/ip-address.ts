/** An IP address that was parsed, never guessed: bytes first, text made from the bytes. */
export interface IpAddress {
  /** Canonical: dotted decimal, or RFC 5952. An IPv4 address mapped into IPv6 is the IPv4 address. */
  readonly text: string;
  readonly family: 4 | 6;
  /** 4 or 16, most significant first. */
  readonly bytes: Uint8Array;
  readonly isLoopback: boolean;
  /** RFC 1918, the shared space of carriers (RFC 6598) and unique local IPv6 (RFC 4193). */
  readonly isPrivate: boolean;
  /** All of 0.0.0.0/8 and `::`: no peer has such an address. */
  readonly isUnspecified: boolean;
  /** Multicast, and the IPv4 broadcast address. */
  readonly isMulticast: boolean;
  readonly isLinkLocal: boolean;
}

/** An address range whose host bits are zero. */
export interface IpNetwork {
  /** Canonical, with the prefix length: `10.0.0.0/8`. */
  readonly text: string;
  readonly family: 4 | 6;
  readonly prefixLength: number;
  /** Always false for an address of the other family. */
  contains(address: IpAddress): boolean;
}

const MAX_ADDRESS_CHARACTERS = 45;
const IPV4_MAPPED_BITS = 96;

/**
 * Parses the full written forms only. Undefined for everything that some parsers take and others read differently:
 * host names, ports, zones, octal, hexadecimal or short IPv4, white space.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const bytes = parseBytes(text);
  return bytes && toAddress(isMapped(bytes) ? bytes.subarray(12) : bytes);
}

/** Parses `address/prefix`, or one address as a range of its own. Undefined also when host bits are set. */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const slash = text.indexOf("/");
  const bytes = parseBytes(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  const prefix = slash < 0 ? bytes.length * 8 : parseNumber(text.slice(slash + 1), 10, 3);
  if (prefix === undefined || prefix > bytes.length * 8 || !hostBitsAreZero(bytes, prefix)) return undefined;
  if (!isMapped(bytes)) return toNetwork(bytes, prefix);
  return prefix < IPV4_MAPPED_BITS ? undefined : toNetwork(bytes.subarray(12), prefix - IPV4_MAPPED_BITS);
}

function toNetwork(bytes: Uint8Array, prefixLength: number): IpNetwork {
  const family = bytes.length === 4 ? 4 : 6;
  return {
    text: `${toText(bytes)}/${prefixLength}`,
    family,
    prefixLength,
    contains: (address) => address.family === family && samePrefix(address.bytes, bytes, prefixLength),
  };
}

function toAddress(bytes: Uint8Array): IpAddress {
  const isIn = (networks: readonly Range[]): boolean =>
    networks.some(([start, prefix]) => start.length === bytes.length && samePrefix(bytes, start, prefix));
  return {
    text: toText(bytes),
    family: bytes.length === 4 ? 4 : 6,
    bytes,
    isLoopback: isIn(LOOPBACK),
    isPrivate: isIn(PRIVATE),
    isUnspecified: isIn(UNSPECIFIED),
    isMulticast: isIn(MULTICAST),
    isLinkLocal: isIn(LINK_LOCAL),
  };
}

/** First address and number of leading bits that count. */
type Range = readonly [Uint8Array, number];

const LOOPBACK = [ipv4(127, 0, 8), ipv6([], 128, 1)];
const PRIVATE = [ipv4(10, 0, 8), ipv4(172, 16, 12), ipv4(192, 168, 16), ipv4(100, 64, 10), ipv6([0xfc], 7)];
const UNSPECIFIED = [ipv4(0, 0, 8), ipv6([], 128)];
const MULTICAST: Range[] = [ipv4(224, 0, 4), [Uint8Array.of(255, 255, 255, 255), 32], ipv6([0xff], 8)];
const LINK_LOCAL = [ipv4(169, 254, 16), ipv6([0xfe, 0x80], 10)];

function ipv4(first: number, second: number, prefixLength: number): Range {
  return [Uint8Array.of(first, second, 0, 0), prefixLength];
}

function ipv6(leading: readonly number[], prefixLength: number, last = 0): Range {
  const bytes = new Uint8Array(16);
  bytes.set(leading);
  bytes[15] = last;
  return [bytes, prefixLength];
}

function samePrefix(a: Uint8Array, b: Uint8Array, prefixLength: number): boolean {
  const whole = prefixLength >> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  const rest = prefixLength & 7;
  return rest === 0 || ((a[whole] as number) ^ (b[whole] as number)) >> (8 - rest) === 0;
}

function hostBitsAreZero(bytes: Uint8Array, prefixLength: number): boolean {
  const last = bytes.at(prefixLength >> 3) ?? 0;
  return (last & (0xff >> (prefixLength & 7))) === 0 && bytes.subarray((prefixLength >> 3) + 1).every((b) => b === 0);
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

function parseBytes(text: string): Uint8Array | undefined {
  if (text.length > MAX_ADDRESS_CHARACTERS) return undefined;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const bytes = parts.map((part) => parseNumber(part, 10, 3));
  if (bytes.length !== 4 || !bytes.every((byte) => byte !== undefined && byte <= 255)) return undefined;
  return Uint8Array.from(bytes as number[]);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves as [string, string?];
  const front = parseGroups(head, tail === undefined);
  const back = tail === undefined ? [] : parseGroups(tail, true);
  if (front === undefined || back === undefined) return undefined;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...front, ...Array.from({ length: missing }, () => 0), ...back];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Groups of 16 bits; the last two may be written as IPv4 where the address ends. */
function parseGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const ipv4Bytes = atEnd && i === parts.length - 1 && part.includes(".") ? parseIpv4(part) : undefined;
    if (ipv4Bytes !== undefined) {
      const [a, b, c, d] = ipv4Bytes as unknown as [number, number, number, number];
      groups.push((a << 8) | b, (c << 8) | d);
      continue;
    }
    const group = parseNumber(part, 16, 4);
    if (group === undefined) return undefined;
    groups.push(group);
  }
  return groups;
}

const HEX_DIGITS = "0123456789abcdef";

/** A number of at most `maxDigits`; decimal ones have no leading zero, which others would read as octal. */
function parseNumber(text: string, radix: 10 | 16, maxDigits: number): number | undefined {
  if (text.length === 0 || text.length > maxDigits) return undefined;
  if (radix === 10 && text.length > 1 && text.startsWith("0")) return undefined;
  let value = 0;
  for (const character of text) {
    const digit = HEX_DIGITS.indexOf(radix === 16 ? character.toLowerCase() : character);
    if (digit < 0 || digit >= radix) return undefined;
    value = value * radix + digit;
  }
  return value;
}

function toText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2] as number) << 8) | (bytes[i * 2 + 1] as number));
  const [start, length] = longestZeroRun(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** The first of the longest: RFC 5952, section 4.2.3. */
function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  let length = 0;
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best[1]) best = [i - length + 1, length];
  }
  return best;
}
