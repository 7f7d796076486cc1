/** One field of a message. */
interface ProtoField {
  readonly number: number;
  /** A varint, or the bytes of a text or message (a view); undefined for a number of fixed size. */
  readonly value: bigint | Uint8Array | undefined;
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/**
 * The fields of a protobuf message, in order; undefined when the bytes are none. Costs no more than the bytes are long:
 * whoever calls bounds those.
 */
export function parseProtoFields(bytes: Uint8Array): ProtoField[] | undefined {
  const fields: ProtoField[] = [];
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return undefined;
  };
  const take = (length: number): Uint8Array | undefined => {
    if (length > bytes.length - at) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined || tag > 0xffff_ffffn || tag < 8n) return undefined;
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (wireType === FIXED_64 || wireType === FIXED_32) {
      if (take(wireType === FIXED_64 ? 8 : 4) === undefined) return undefined;
      fields.push({ number, value: undefined });
      continue;
    }
    if (wireType !== VARINT && wireType !== LENGTH_DELIMITED) return undefined;
    const integer = varint();
    if (integer === undefined) return undefined;
    const value = wireType === VARINT ? integer : take(Number(integer));
    if (value === undefined) return undefined;
    fields.push({ number, value });
  }
  return fields;
}
