import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#test/support/seeded-random.ts";
import type { OpenFile } from "./file-layer.ts";
import {
  encodeItemHeader,
  encodeSegmentHeader,
  ITEM_HEADER_BYTES,
  MAX_PAYLOAD_BYTES,
  parseItemHeader,
  parseSegmentHeader,
  parseSegmentName,
  payloadCrc,
  SEGMENT_HEADER_BYTES,
  segmentFileName,
} from "./format.ts";
import { type Found, SegmentScan } from "./segment-scan.ts";

const SEGMENT = { priority: 1, number: 3, first: 10, marker: Buffer.from("0123456789abcdef", "hex") };

/** A file in memory: the scan reads bytes, whoever has them. */
function fileOf(bytes: Buffer): Pick<OpenFile, "read"> {
  return { read: (into, at) => Promise.resolve(bytes.copy(into, 0, at, at + into.length)) };
}

function itemBytes(position: number, payload: Buffer): Buffer {
  const header = {
    payloadBytes: payload.length,
    records: position,
    priority: SEGMENT.priority,
    position,
    sequence: position,
    appendedUnixMs: 0,
    payloadCrc: payloadCrc(payload),
  };
  return Buffer.concat([encodeItemHeader(SEGMENT.marker, header), payload]);
}

function segmentOf(payloads: readonly Buffer[]): { bytes: Buffer; starts: number[] } {
  const header = { ...SEGMENT, recordsBefore: 0, bytesBefore: 0, createdUnixMs: 0, sequence: 1 };
  const parts = [encodeSegmentHeader(header), ...payloads.map((payload, k) => itemBytes(SEGMENT.first + k, payload))];
  const starts = parts.map((_, k) => parts.slice(0, k).reduce((sum, { length }) => sum + length, 0)).slice(1);
  return { bytes: Buffer.concat(parts), starts };
}

async function scanAll(bytes: Buffer): Promise<Found[]> {
  const scan = new SegmentScan(fileOf(bytes), SEGMENT, SEGMENT_HEADER_BYTES);
  const all: Found[] = [];
  for (let found = await scan.next(bytes.length); found; found = await scan.next(bytes.length)) all.push(found);
  return all;
}

const payloadsIn = (all: readonly Found[]): Uint8Array[] => all.flatMap((f) => ("item" in f ? [f.item.payload] : []));
const damageIn = (all: readonly Found[]) => all.flatMap((f) => ("damage" in f ? [f.damage] : []));

/** Every byte before the limit is in an item or in damage, once and in order. */
function checkCovered(all: readonly Found[], size: number): void {
  let at = SEGMENT_HEADER_BYTES;
  for (const found of all) {
    const { offset, bytes } = "item" in found ? found.item : found.damage;
    assert.equal(offset, at);
    assert.ok(bytes > 0);
    at += bytes;
  }
  assert.equal(at, Math.max(size, SEGMENT_HEADER_BYTES));
}

const SMALL = ["", "a", "some bytes", "x".repeat(40)].map((text) => Buffer.from(text));
/** Larger than the reader's window of 256 KiB, and ends that fall around it. */
const LARGE = [100, 262_144 - 200, 300_000, 0, 600_000, 5, 262_088].map((size, k) => Buffer.alloc(size, k + 1));

test("what was encoded is read back, names and headers too", async () => {
  const header = {
    ...SEGMENT,
    first: 2 ** 40 + 3,
    recordsBefore: 2 ** 45,
    bytesBefore: 7,
    createdUnixMs: 9,
    sequence: 11,
  };
  assert.deepEqual(parseSegmentHeader(encodeSegmentHeader(header)), header);
  assert.deepEqual(parseSegmentName(segmentFileName(header)), { ...SEGMENT, first: header.first });
  assert.equal(parseSegmentName("cursor"), undefined);
  for (const payloads of [SMALL, LARGE]) {
    const all = await scanAll(segmentOf(payloads).bytes);
    assert.deepEqual(damageIn(all), []);
    assert.deepEqual(payloadsIn(all), payloads);
    assert.equal("item" in (all[1] as Found) && (all[1] as { item: { records: number } }).item.records, 11);
  }
});

test("a file that ends at any byte of the last item loses that item only, and is known as cut short", async () => {
  const { bytes, starts } = segmentOf(SMALL);
  const last = starts.at(-1);
  for (let size = last; size < bytes.length; size++) {
    const all = await scanAll(bytes.subarray(0, size));
    assert.deepEqual(payloadsIn(all), SMALL.slice(0, -1));
    assert.deepEqual(damageIn(all), size === last ? [] : [{ offset: last, bytes: size - last, cutShort: true }]);
  }
});

test("any flipped bit costs the item that it hits, and no other", async () => {
  const { bytes, starts } = segmentOf(SMALL);
  for (let bit = SEGMENT_HEADER_BYTES * 8; bit < bytes.length * 8; bit++) {
    const at = bit >> 3;
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ (1 << (bit & 7));
    const all = await scanAll(damaged);
    const hit = starts.findLastIndex((start) => start <= at);
    checkCovered(all, bytes.length);
    assert.deepEqual(payloadsIn(all), SMALL.toSpliced(hit, 1), `bit ${bit}`);
    assert.equal(damageIn(all).length, 1);
  }
});

test("damage at the edges of the reader's window costs one item too", async () => {
  const { bytes, starts } = segmentOf(LARGE);
  for (const [hit, start] of starts.entries()) {
    for (const offset of [0, 3, 7, 8, 55]) {
      const damaged = Buffer.from(bytes);
      damaged[start + offset] = (damaged[start + offset] as number) ^ 0xff;
      const shape = (payload: Uint8Array): string => `${payload.length} of ${payload[0]}`;
      const got = payloadsIn(await scanAll(damaged));
      assert.deepEqual(got.map(shape), LARGE.toSpliced(hit, 1).map(shape), `item ${hit} byte ${offset}`);
    }
  }
});

test("bytes that are zeroed, inserted or cut out cost the items that they touch, and invent none", async (t) => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const chance = (most: number): number => Math.floor(random() * (most + 1));
    const payloads = Array.from({ length: 8 }, (_, k) => Buffer.alloc(1 + chance(60), k + 1));
    const { bytes, starts } = segmentOf(payloads);
    const from = SEGMENT_HEADER_BYTES + chance(bytes.length - SEGMENT_HEADER_BYTES - 1);
    const length = 1 + chance(Math.min(80, bytes.length - from - 1));
    const kind = seed % 3;
    const middle = kind === 0 ? Buffer.alloc(length) : kind === 1 ? Buffer.alloc(length, 0xa5) : Buffer.alloc(0);
    const rest = bytes.subarray(kind === 1 ? from : from + length);
    const damaged = Buffer.concat([bytes.subarray(0, from), middle, rest]);
    const untouched = payloads.filter((payload, k) => {
      const start = starts[k] as number;
      const end = start + ITEM_HEADER_BYTES + payload.length;
      return kind === 1 ? end <= from || start >= from : end <= from || start >= from + length;
    });
    try {
      const all = await scanAll(damaged);
      checkCovered(all, damaged.length);
      const got = payloadsIn(all).map(String);
      assert.ok(untouched.every((payload) => got.includes(String(payload))));
      assert.ok(got.every((payload) => payloads.map(String).includes(payload)));
      assert.deepEqual(got, [...got].sort(byFirstByte));
    } catch (error) {
      t.diagnostic(`seed ${seed}`);
      throw error;
    }
  }
});

test("random bytes, and random bytes after a marker, are damage and nothing else", async (t) => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES + Math.floor(random() * 2000));
    for (let k = 0; k < bytes.length; k++) bytes[k] = Math.floor(random() * 256);
    for (let at = seed % 90; seed % 2 === 0 && at + 8 < bytes.length; at += 90) SEGMENT.marker.copy(bytes, at);
    try {
      const all = await scanAll(bytes);
      assert.deepEqual(payloadsIn(all), []);
      checkCovered(all, bytes.length);
    } catch (error) {
      t.diagnostic(`seed ${seed}`);
      throw error;
    }
  }
});

test("a length that no item can have is damage, however right its check sum", async () => {
  const header = {
    payloadBytes: MAX_PAYLOAD_BYTES + 1,
    records: 1,
    priority: SEGMENT.priority,
    position: SEGMENT.first,
    sequence: 1,
    appendedUnixMs: 0,
    payloadCrc: 0,
  };
  const bytes = encodeItemHeader(SEGMENT.marker, header);
  assert.equal(parseItemHeader(bytes, 0, SEGMENT), undefined);
  assert.equal(
    parseItemHeader(encodeItemHeader(SEGMENT.marker, { ...header, payloadBytes: 1, priority: 2 }), 0, SEGMENT),
    undefined,
  );
  assert.equal(
    parseItemHeader(encodeItemHeader(SEGMENT.marker, { ...header, payloadBytes: 1, position: 9 }), 0, SEGMENT),
    undefined,
  );
});

test("a payload that imitates items of another segment, or brings back old ones, invents nothing", async () => {
  const foreign = Buffer.concat([
    encodeItemHeader(Buffer.alloc(8, 7), {
      payloadBytes: 0,
      records: 1,
      priority: 1,
      position: 11,
      sequence: 1,
      appendedUnixMs: 0,
      payloadCrc: 0,
    }),
  ]);
  const old = itemBytes(SEGMENT.first, Buffer.from("old"));
  const { bytes, starts } = segmentOf([Buffer.from("a"), Buffer.concat([foreign, old]), Buffer.from("c")]);
  const second = starts[1] as number;
  bytes[second + 9] = 0xff;
  assert.deepEqual(payloadsIn(await scanAll(bytes)).map(String), ["a", "c"]);
});

test("a header of a newer version is told from a damaged one", () => {
  const bytes = encodeSegmentHeader({ ...SEGMENT, recordsBefore: 0, bytesBefore: 0, createdUnixMs: 0, sequence: 1 });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.equal(parseSegmentHeader(damaged), undefined, `bit ${bit}`);
  }
});

function byFirstByte(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}
