import { AttributeSet } from "#core/attributes.ts";
import type { OverlayLayer } from "#core/batch.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { ColumnWriter, rawColumns } from "#core/column-writer.ts";
import { ESCAPED, JSON_SAFE, NON_ASCII } from "#core/columns.ts";
import { BODY, type KeyTable } from "#core/key-table.ts";
import { pick, type Random } from "./random.ts";

export const RESOURCE = { attributes: { "service.name": "tidb", note: 'größe "x"' } };
const SEVERITIES = [
  { number: 0, text: undefined },
  { number: 9, text: "INFO" },
  { number: 13, text: 'odd "level"' },
];
const EVENTS = [undefined, "tidb.general_query"];

/** A value, its bytes as a log has them, and the flags that a parser gives it. */
const VALUES: readonly (readonly [Buffer, number])[] = [
  [Buffer.from(""), JSON_SAFE],
  [Buffer.from("7"), JSON_SAFE],
  [Buffer.from("SELECT id FROM t WHERE a = 'a value that is longer than two words of sixteen'"), JSON_SAFE],
  [Buffer.from('it\\\\\\"s \\u00e4 \\n'), JSON_SAFE | ESCAPED],
  [Buffer.from("größe"), JSON_SAFE | NON_ASCII],
  [Buffer.from('raw "quotes", back\\slash, \t tab, \u0001 and \u007f'), 0],
  [Buffer.from('größe "x"\n\u2028'), NON_ASCII],
  [Buffer.from("bad \\escape"), ESCAPED],
  [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0],
];
const BROKEN: readonly [Buffer, number] = [Buffer.from([0x61, 0xff, 0xfe, 0x62]), JSON_SAFE | NON_ASCII];

/** Columns with every kind of value, odd severities and event names included, over one buffer. */
export function randomBatch(random: Random, count: number, keys: KeyTable, validUtf8: boolean): ColumnBatch {
  const pieces: Buffer[] = [];
  let length = 0;
  const start = new Uint32Array(count);
  const end = new Uint32Array(count);
  const writer = new ColumnWriter(keys);
  const names = [
    BODY,
    ...["a", "b", "c.d", 'q"uote', "a key that is longer than sixteen bytes"].map((n) => keys.intern(n)),
  ];
  writer.open(count);
  for (let i = 0; i < count; i++) {
    writer.begin(i);
    start[i] = length;
    writer.timeMs = random() < 0.1 ? Number.NaN : Math.floor(random() * 4e12);
    writer.timeNs = random() < 0.5 ? 0 : Math.floor(random() * 1e6);
    writer.severity = Math.floor(random() * SEVERITIES.length);
    writer.event = Math.floor(random() * EVENTS.length);
    for (let n = Math.floor(random() * 8); n > 0; n--) {
      const [bytes, flags] = !validUtf8 && random() < 0.1 ? BROKEN : pick(random, VALUES);
      pieces.push(bytes);
      writer.field(pick(random, names), length, length + bytes.length, flags);
      length += bytes.length;
    }
    end[i] = length;
    writer.end();
  }
  const raw = rawColumns(Buffer.concat(pieces), start, end, keys, 1_786_069_212_000_000_000n);
  return new ColumnBatch(RESOURCE, writer.finish(raw, SEVERITIES, EVENTS, validUtf8));
}

export const FILE: OverlayLayer = { sets: [new AttributeSet({ "log.file.name": "tidb.log" })], index: undefined };
export const SESSIONS = Array.from(
  { length: 50 },
  (_, i) => new AttributeSet(i === 7 ? {} : { "user.name": `usér ${i}`, "client.port": i, first: true }),
);
