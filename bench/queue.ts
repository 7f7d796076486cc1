import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { openQueue } from "#kit/queue/open-queue.ts";
import { systemClock } from "#service/clock.ts";

/**
 * Batches of 64 KiB made durable, one after the other and by eight at a time, in the queue and in SQLite (WAL,
 * synchronous=FULL) on the same disk with the same bytes; then how fast the queue hands them out. With `--backlog-gib`
 * also how long a queue with so much in it takes to open.
 */
const { values } = parseArgs({
  options: { batches: { type: "string", default: "2000" }, "backlog-gib": { type: "string", default: "0" } },
});
const batches = Number(values.batches);
const never = new AbortController().signal;
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const payloads = Array.from({ length: 16 }, (_, k) =>
  Buffer.from(Array.from({ length: 65_536 }, (_, at) => ((at * (k + 3)) >> 3) & 0xff)),
);
const payload = (k: number): Buffer => payloads[k % payloads.length] as Buffer;

interface Row {
  readonly what: string;
  readonly perSecond: number;
  readonly cpuMsPerThousand: number;
}

async function measure(what: string, work: () => Promise<void> | void): Promise<Row> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { what, perSecond: batches / seconds, cpuMsPerThousand: (user + system) / batches };
}

/** `callers` append at the same time, as pipelines do. */
async function appendAll(append: (k: number) => Promise<void>, callers: number): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let k = next++; k < batches; k = next++) await append(k);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

const folder = mkdtempSync(join(tmpdir(), "tidewatch-bench-"));
try {
  const rows: Row[] = [];
  const open = (name: string, more = {}) =>
    openQueue(join(folder, name), { min_free_bytes: 0, ...more }, { clock: systemClock, log });
  for (const callers of [1, 8, 64]) {
    const queue = await open(`queue-${callers}`);
    const append = (k: number): Promise<void> => queue.append({ payload: payload(k), records: 1 }, never);
    rows.push(await measure(`queue, ${callers} callers`, () => appendAll(append, callers)));
    if (callers === 64) {
      const drain = async (): Promise<void> => {
        for (let k = 0; k < batches; k++) queue.done(await queue.take(never));
        await queue.checkpoint();
      };
      rows.push(await measure("queue, take and done", drain));
    }
    await queue.close();
    rmSync(join(folder, `queue-${callers}`), { recursive: true });
  }
  const database = new DatabaseSync(join(folder, "queue.sqlite"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE items (id INTEGER PRIMARY KEY, records INTEGER NOT NULL, payload BLOB NOT NULL)");
  const insert = database.prepare("INSERT INTO items (records, payload) VALUES (1, ?)");
  for (const group of [1, 8]) {
    const work = (): void => {
      for (let k = 0; k < batches;) {
        database.exec("BEGIN");
        for (let n = 0; n < group && k < batches; n++) insert.run(payload(k++));
        database.exec("COMMIT");
      }
    };
    rows.push(await measure(`node:sqlite, ${group} a transaction`, work));
  }
  database.close();

  let openMs: number | undefined;
  let openMemoryMiB: number | undefined;
  const backlogGib = Number(values["backlog-gib"]);
  if (backlogGib > 0) {
    const many = Math.ceil((backlogGib * 1024 ** 3) / 65_536);
    const full = await open("backlog", { fsync: "none", max_bytes: 2 ** 40 });
    for (let k = 0; k < many; k += 64) {
      await Promise.all(
        Array.from({ length: 64 }, (_, n) => full.append({ payload: payload(k + n), records: 1 }, never)),
      );
    }
    await full.close();
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const again = await open("backlog", { max_bytes: 2 ** 40 });
    await again.take(never);
    openMs = performance.now() - start;
    openMemoryMiB = (process.memoryUsage().rss - before) / 1024 ** 2;
    await again.close();
  }

  process.stdout.write(`${batches} batches of 64 KiB, durable when acknowledged\n\n`);
  for (const { what, perSecond, cpuMsPerThousand } of rows) {
    const mib = perSecond / 16;
    process.stdout.write(
      `${what.padEnd(30)} ${perSecond.toFixed(0).padStart(7)} batches/s ${mib.toFixed(0).padStart(6)} MiB/s ` +
        `${cpuMsPerThousand.toFixed(0).padStart(6)} CPU ms per 1,000\n`,
    );
  }
  if (openMs !== undefined) {
    process.stdout.write(
      `\nopening ${backlogGib} GiB and taking the first item: ${openMs.toFixed(0)} ms, ${openMemoryMiB?.toFixed(0)} MiB more\n`,
    );
  }
  process.stdout.write(`${JSON.stringify({ bench: "queue", batches, rows, backlogGib, openMs, openMemoryMiB })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
