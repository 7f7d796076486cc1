import type { AttributeValue } from "#core/attributes.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { ColumnWriter, rawColumns } from "#core/column-writer.ts";
import { BOOL, BYTES, DOUBLE, INT, LIST, MAP, NOTHING } from "#core/columns.ts";
import { BODY, type KeyTable } from "#core/key-table.ts";
import { ObjectBatch, type PlainRecord } from "#core/object-batch.ts";
import { pick, type Random } from "./random.ts";

export const SCOPED_RESOURCE = {
  attributes: { "service.name": "shop", replicas: 3 },
  schema_url: "https://opentelemetry.io/schemas/1.38.0",
  scope: { name: "shop.checkout", version: "1.2", attributes: { zone: "a" }, schema_url: "" },
};

/** A varint of 64 bits. */
export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function message(...fields: readonly (readonly [number, number, Buffer])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, wire, content]) => [
      varint(BigInt(number * 8 + wire)),
      ...(wire === 2 ? [varint(BigInt(content.length))] : []),
      content,
    ]),
  );
}

const isBytes = (value: AttributeValue): value is Uint8Array => value instanceof Uint8Array;

/** A value's bytes and kind, as a field of columns has them; the obvious way. */
function typedBytes(value: AttributeValue): readonly [Buffer, number] {
  if (value === null) return [Buffer.alloc(0), NOTHING];
  if (typeof value === "string") return [Buffer.from(value), 0];
  if (typeof value === "boolean") return [varint(value ? 1n : 0n), BOOL];
  if (typeof value === "bigint") return [varint(value), INT];
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return [varint(BigInt(value)), INT];
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return [bytes, DOUBLE];
  }
  if (isBytes(value)) return [Buffer.from(value), BYTES];
  if (Array.isArray(value))
    return [message(...(value as AttributeValue[]).map((inner) => [1, 2, anyValue(inner)] as const)), LIST];
  const pairs = Object.entries(value).map(([key, inner]) => message([1, 2, Buffer.from(key)], [2, 2, anyValue(inner)]));
  return [message(...pairs.map((pair) => [1, 2, pair] as const)), MAP];
}

/** Message AnyValue. */
function anyValue(value: AttributeValue): Buffer {
  const [bytes, kind] = typedBytes(value);
  if (kind === NOTHING) return Buffer.alloc(0);
  const [number, wire] = {
    0: [1, 2],
    [BOOL]: [2, 0],
    [INT]: [3, 0],
    [DOUBLE]: [4, 1],
    [LIST]: [5, 2],
    [MAP]: [6, 2],
    [BYTES]: [7, 2],
  }[kind] as [number, number];
  return message([number, wire, bytes]);
}

const VALUES: readonly AttributeValue[] = [
  "",
  'größe "x"\n',
  0,
  -1,
  4711,
  Number.MAX_SAFE_INTEGER,
  9_007_199_254_740_993n,
  -(2n ** 63n),
  2.5,
  Number.NaN,
  -0,
  true,
  false,
  null,
  new Uint8Array([0, 255, 7]),
  [],
  [1, "two", [3n ** 38n], null],
  { a: 1, "b.c": { deep: ["x", false] } },
  {},
];

/** The same random records twice: as columns with every kind of value, and as objects. */
export function typedBatches(
  random: Random,
  count: number,
  keys: KeyTable,
): { columns: ColumnBatch; objects: ObjectBatch } {
  const pieces: Buffer[] = [];
  let length = 0;
  const put = (bytes: Buffer): number => {
    pieces.push(bytes);
    length += bytes.length;
    return length - bytes.length;
  };
  const id = (bytes: number): Buffer =>
    Buffer.from(Array.from({ length: bytes }, () => 1 + Math.floor(random() * 255)));
  const [start, end] = [new Uint32Array(count), new Uint32Array(count)];
  const observed = { ms: new Float64Array(count), ns: new Uint32Array(count) };
  const trace = {
    traceId: new Int32Array(count).fill(-1),
    spanId: new Int32Array(count).fill(-1),
    flags: new Uint32Array(count),
  };
  const writer = new ColumnWriter(keys);
  writer.open(count);
  const records: PlainRecord[] = [];
  for (let i = 0; i < count; i++) {
    writer.begin(i);
    start[i] = length;
    writer.timeMs = Math.floor(random() * 4e12);
    writer.timeNs = Math.floor(random() * 1e6);
    observed.ms[i] = Math.floor(random() * 4e12);
    observed.ns[i] = Math.floor(random() * 1e6);
    const ids = random() < 0.5 ? { traceId: id(16), spanId: id(8) } : undefined;
    if (ids !== undefined) {
      trace.traceId[i] = put(ids.traceId);
      trace.spanId[i] = put(ids.spanId);
      trace.flags[i] = 1;
    }
    const body = pick(random, VALUES);
    const attributes: Record<string, AttributeValue> = {};
    for (const [key, value] of [
      [BODY, body] as const,
      ...["a", "b", "c.d", "e"].filter(() => random() < 0.6).map((name) => [name, pick(random, VALUES)] as const),
    ]) {
      if (typeof key === "string") attributes[key] = value;
      const [bytes, flags] = typedBytes(value);
      const from = put(bytes);
      writer.field(typeof key === "string" ? keys.intern(key) : key, from, length, flags);
    }
    end[i] = length;
    writer.end();
    records.push({
      timeUnixNano: BigInt(writer.timeMs) * 1_000_000n + BigInt(writer.timeNs),
      observedTimeUnixNano: BigInt(observed.ms[i] as number) * 1_000_000n + BigInt(observed.ns[i] as number),
      ...(ids && { traceId: ids.traceId.toString("hex"), spanId: ids.spanId.toString("hex"), traceFlags: 1 }),
      body,
      attributes,
    });
  }
  const raw = { ...rawColumns(Buffer.concat(pieces), start, end, keys, 0n), observed, trace, typed: true };
  const columns = writer.finish(raw, [{ number: 0, text: undefined }], [undefined], false);
  return { columns: new ColumnBatch(SCOPED_RESOURCE, columns), objects: new ObjectBatch(SCOPED_RESOURCE, records) };
}
