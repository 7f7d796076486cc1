/** An address or a network as 128 bits; IPv4 stands in its IPv4-mapped place, so both spellings are the same. */
interface Bits {
  readonly bits: bigint;
  readonly isIpv4: boolean;
}

const MAPPED_PREFIX = 0xffffn << 32n;

/**
 * A test for addresses in `network` (`10.0.0.0/8`, `2001:db8::/32`, or one address), or a text that says why it is
 * none. `::ffff:10.0.0.1` counts as `10.0.0.1`; a zone id (`fe80::1%eth0`) does not count. Text that is not an address
 * alone, such as `ip:port`, is in no network.
 */
export function compileNetwork(network: string): ((address: string) => boolean) | string {
  const [text = "", prefix, ...rest] = network.split("/");
  const base = parseAddress(text);
  if (base === undefined || rest.length > 0) return `"${network}" is not a network such as 10.0.0.0/8`;
  const width = base.isIpv4 ? 32 : 128;
  const length = prefix === undefined ? width : parsePart(prefix, 10, width);
  if (length === undefined) return `"${network}" has no prefix length from 0 to ${width}`;
  const shift = BigInt(width - length);
  const wanted = base.bits >> shift;
  if (wanted << shift !== base.bits) return `"${network}" has host bits set; write the first address of the network`;
  return (address) => {
    const given = parseAddress(address);
    return given !== undefined && given.bits >> shift === wanted;
  };
}

function parseAddress(text: string): Bits | undefined {
  const zone = text.indexOf("%");
  const address = zone > 0 && text.includes(":") ? text.slice(0, zone) : text;
  if (address.length > 45) return undefined;
  if (!address.includes(":")) {
    const bits = parseIpv4(address);
    return bits === undefined ? undefined : { bits: MAPPED_PREFIX | bits, isIpv4: true };
  }
  const bits = parseIpv6(address);
  return bits === undefined ? undefined : { bits, isIpv4: bits >> 32n === 0xffffn };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let bits = 0n;
  for (const part of parts) {
    const value = parsePart(part, 10, 255);
    if (value === undefined) return undefined;
    bits = (bits << 8n) | BigInt(value);
  }
  return bits;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "");
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((bits, group) => (bits << 16n) | group, 0n);
}

/** The 16-bit groups of one side of `::`; the last may be written as IPv4. */
function parseGroups(text: string): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes(".")) {
      const bits = parseIpv4(part);
      if (bits === undefined) return undefined;
      groups.push(bits >> 16n, bits & 0xffffn);
    } else {
      const value = parsePart(part, 16, 0xffff);
      if (value === undefined) return undefined;
      groups.push(BigInt(value));
    }
  }
  return groups;
}

/** A number in digits only; no sign, no spaces, and in base 10 no leading zero, which some tools read as octal. */
function parsePart(text: string, base: 10 | 16, max: number): number | undefined {
  if (text.length === 0 || text.length > 4 || (base === 10 && text.length > 1 && text.startsWith("0")))
    return undefined;
  let value = 0;
  for (const character of text.toLowerCase()) {
    const digit = "0123456789abcdef".indexOf(character);
    if (digit < 0 || digit >= base) return undefined;
    value = value * base + digit;
  }
  return value <= max ? value : undefined;
}
