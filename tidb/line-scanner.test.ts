import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { ColumnWriter, rawColumns } from "#core/column-writer.ts";
import { type Columns, FIELD_SLOTS } from "#core/columns.ts";
import { KeyTable } from "#core/key-table.ts";
import { createRandom, pick } from "#test/oracle/random.ts";
import { attributeName } from "./field-names.ts";
import { LineScanner } from "./line-scanner.ts";
import { GENERAL_EVENT, TextParser } from "./parse-text.ts";
import { OK } from "./parse-error.ts";
import { SEVERITIES } from "./severities.ts";

/** Lines as the raw records of one block, with what a file has between them or with nothing, as bodies of objects have. */
function blockOf(lines: readonly (string | Buffer)[], between: string, keys: KeyTable): Columns {
  const pieces = lines.map((line) => Buffer.from(line));
  const bytes = Buffer.concat(pieces.flatMap((piece) => [piece, Buffer.from(between)]));
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const { length } of pieces) {
    starts.push(at);
    ends.push(at + length);
    at += length + between.length;
  }
  return rawColumns(bytes, Uint32Array.from(starts), Uint32Array.from(ends), keys, 0n);
}

/** Scanner and parser side by side; the scanner learns keys from the parser. */
class Pair {
  readonly keys = new KeyTable(attributeName);
  readonly #out = new ColumnWriter(this.keys);
  readonly #scanner = new LineScanner(this.#out, GENERAL_EVENT);
  readonly #parserOut = new ColumnWriter(this.keys);
  readonly #parser = new TextParser(this.#parserOut, (from, to, key) => this.#scanner.learn(from, to, key));

  /** Asserts that the records that the scanner takes are what the parser makes of them. Returns how many it took. */
  compare(lines: readonly (string | Buffer)[], between = "\n"): number {
    const raw = blockOf(lines, between, this.keys);
    this.#out.open(raw.count);
    const taken = this.#scanner.scan(raw);
    const events = [undefined, undefined, "general"];
    const scanned = this.#out.finish(raw, SEVERITIES, events, true);
    this.#parserOut.open(raw.count);
    this.#parser.useBytes(raw.bytes);
    const errors: number[] = [];
    for (let i = 0; i < raw.count; i++) {
      this.#parserOut.begin(i);
      errors.push(this.#parser.parse(raw.start[i] as number, raw.end[i] as number));
      if (errors[i] === OK) this.#parserOut.end();
      else this.#parserOut.discard();
    }
    const parsed = this.#parserOut.finish(raw, SEVERITIES, events, true);
    let count = 0;
    for (let i = 0; i < raw.count; i++) {
      if (taken?.[i] !== 1) continue;
      count++;
      assert.equal(errors[i], OK, String(lines[i]));
      assert.deepEqual(recordOf(scanned, i), recordOf(parsed, i), String(lines[i]));
      assert.ok(!parsed.repeatedKeys || scanned.repeatedKeys || count < raw.count, "repeated keys go unnoticed");
    }
    return count;
  }
}

function recordOf(columns: Columns, i: number): unknown {
  const from = (columns.fieldFrom[i] as number) * FIELD_SLOTS;
  const body = columns.body[i] as number;
  return {
    timeMs: columns.timeMs[i],
    timeNs: columns.timeNs[i],
    severity: columns.severity[i],
    event: columns.event[i],
    body: body < 0 ? -1 : body - from,
    fields: [...columns.fields.subarray(from, (columns.fieldTo[i] as number) * FIELD_SLOTS)],
  };
}

const HEAD = "[2026/08/07 10:15:02.118 +08:00]";
const ORDINARY = [
  `${HEAD} [INFO] [session.go:4193] [GENERAL_LOG] [conn=7] [user=app@10.0.0.1] [sql="SELECT \\"x\\" FROM größe"]`,
  `${HEAD} [WARN] [server.go:708] ["Server.onConn handshake"] [conn=9] ["remote addr"=203.0.113.9:51544]`,
  `${HEAD} [INFO] [a.go:1] ["no fields"]`,
  `${HEAD} [INFO] [a.go:1] [plain]`,
  `${HEAD} [ERROR] [domain/infosync/info.go:1234] ["long names"] [a_key_that_is_longer_than_sixteen_bytes=1] [empty=] [n=-1]`,
];

test("ordinary lines are taken from their second appearance on, and are what the parser makes of them", () => {
  for (const between of ["\n", "", "\r\n"]) {
    const pair = new Pair();
    pair.compare(ORDINARY, between);
    assert.equal(pair.compare(ORDINARY, between), ORDINARY.length);
  }
});

test("lines that are not ordinary in every respect are left to the parser", () => {
  const pair = new Pair();
  for (const line of [
    "",
    "goroutine 1 [running]:",
    `${HEAD} [LOUD] [a.go:1] [x]`,
    `${HEAD} [INFO] [a.go:1] [x] tail`,
    `${HEAD} [INFO] [a.go:1] [x] [k="open]`,
    `${HEAD} [INFO] [a.go:1] [x] [k=v`,
    `${HEAD} [INFO] [a.go:1] [x] ["stack"]`,
    `${HEAD} [INFO] [a.go:1] [x] [k="bad \\escape"]`,
    `${HEAD} [INFO] [a.go:1] [x] [k="a\tb"]`,
    `${HEAD} [INFO] [a.go:1] [x] [k=a]b] [l=c]`,
    `${HEAD} [INFO] [main.proxy] [a.go:1] [x]`,
    `${HEAD} [INFO] [a.go:1] [k=v] [x]`,
    `${HEAD} [INFO] [a.go:1] [x] [k=v]\nmain.main()`,
    `[2026/02/30 10:15:02.118 +08:00] [INFO] [a.go:1] [x]`,
    `[2026/08/07 10:15:61.118 +08:00] [INFO] [a.go:1] [x]`,
    `[2026/08/07 10:15:02.1z8 +08:00] [INFO] [a.go:1] [x]`,
  ]) {
    pair.compare([line]);
    assert.equal(pair.compare([line, line]), 0, line);
  }
});

test("a line ends where its record ends, whatever the bytes behind it", () => {
  const pair = new Pair();
  for (const line of ORDINARY) {
    pair.compare([line]);
    for (let length = 0; length < line.length; length++) pair.compare([line.slice(0, length), line], "");
  }
});

test("time stamps of every kind are what the parser reads", () => {
  const pair = new Pair();
  const random = createRandom(5);
  const two = (limit: number): string => String(Math.floor(random() * limit)).padStart(2, "0");
  for (let i = 0; i < 3000; i++) {
    const year = random() < 0.5 ? 1960 + Math.floor(random() * 200) : Math.floor(random() * 9999);
    const day = `${String(year).padStart(4, "0")}/${two(14)}/${two(33)}`;
    const zone = `${random() < 0.5 ? "+" : "-"}${two(26)}:${two(62)}`;
    const line = `[${day} ${two(26)}:${two(62)}:${two(62)}.${two(100)}${Math.floor(random() * 10)} ${zone}] [INFO] [a.go:1] [x]`;
    pair.compare([line, line]);
  }
});

test("fields beyond the room that was made for them are found all the same", () => {
  const pair = new Pair();
  const line = `${HEAD} [INFO] [a.go:1] [x]${" [k=]".repeat(9000)}`;
  pair.compare([line]);
  assert.equal(pair.compare([line, line]), 2);
});

test("more spellings of keys than are kept leave the rest to the parser", () => {
  const pair = new Pair();
  for (let i = 0; i < 5000; i += 100) {
    const lines = Array.from({ length: 100 }, (_, k) => `${HEAD} [INFO] [a.go:1] [x] [key_${i + k}=1]`);
    pair.compare(lines);
    pair.compare(lines);
  }
});

const PIECES = [
  "[",
  "]",
  '"',
  "=",
  "\\",
  " ",
  "a",
  "[k=v]",
  '["remote addr"=1:2]',
  "[]",
  "\\n",
  "é",
  "\u0001",
  ":",
  "\n",
];

test("scanner and parser agree on lines with bytes changed anywhere", () => {
  const random = createRandom(11);
  const samples = readFileSync(new URL("testdata/lines.log", import.meta.url), "utf8").split("\n");
  const lines = [...ORDINARY, ...samples];
  let pair = new Pair();
  for (let i = 0; i < 20_000; i++) {
    if (i % 1000 === 0) {
      pair = new Pair();
      pair.compare(lines);
    }
    const line = pick(random, lines);
    const at = Math.floor(random() * line.length);
    const changed = line.slice(0, at) + pick(random, PIECES) + line.slice(at + Math.floor(random() * 3));
    pair.compare([changed, line], random() < 0.5 ? "\n" : "");
  }
});

test("no bytes make the scanner read outside its record", () => {
  const random = createRandom(3);
  const pair = new Pair();
  pair.compare(ORDINARY);
  for (let i = 0; i < 5000; i++) {
    const noise = Buffer.from(Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256)));
    const start = pick(random, [
      "[",
      `${HEAD} [INFO] [`,
      `${HEAD} [INFO] [a.go:1] [x] [`,
      `${HEAD} [INFO] [a.go:1] [x] [k=`,
    ]);
    pair.compare([Buffer.concat([Buffer.from(start), noise]), Buffer.concat([Buffer.from(start), noise])], "");
  }
});

const COLLECTION = new URL("../../shared/data/tidb-logs/", import.meta.url);
const skip = existsSync(COLLECTION) ? false : "the collection of real logs is not beside the project";

test("once the keys are known nearly all lines of real logs are taken, each as the parser reads it", { skip }, () => {
  for (const name of ["tidb-default.log", "tidb-week.log", "pd.log", "tidb-general-overwritten.log"]) {
    const text = zstdDecompressSync(readFileSync(new URL(`${name}.zst`, COLLECTION))).toString("utf8");
    const lines = text.split("\n").filter((line) => line !== "");
    const pair = new Pair();
    const compareAll = (): number => {
      let taken = 0;
      for (let at = 0; at < lines.length; at += 300) taken += pair.compare(lines.slice(at, at + 300));
      return taken;
    };
    compareAll();
    const taken = compareAll();
    assert.ok(taken / lines.length > 0.94, `${name}: ${taken} of ${lines.length}`);
  }
});
