import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import type { LogBatch } from "#core/batch.ts";
import { ObjectBatch, type PlainRecord } from "#core/object-batch.ts";
import type { StorageExtension } from "#core/storage.ts";
import { retryConfig, timeoutConfig } from "#kit/deliver.ts";
import { createSender } from "#kit/sender.ts";
import { sendingQueueConfig } from "#kit/sending-queue-config.ts";
import { systemClock } from "#service/clock.ts";
import { columnBatchOf } from "#test/oracle/column-batch-of.ts";
import { fakeContext } from "#test/support/fake-context.ts";

/**
 * OTLP-sized records (a body and six attributes, 270 bytes of text), 1,000 a batch, through the durable queue of an
 * exporter whose other side takes everything at once: encoded, written, synced, handed out, settled.
 */
const { values } = parseArgs({ options: { batches: { type: "string", default: "2000" } } });
const batches = Number(values.batches);
const RECORDS = 1000;
const never = new AbortController().signal;
const schema = z.strictObject({
  sending_queue: sendingQueueConfig,
  retry_on_failure: retryConfig,
  timeout: timeoutConfig,
});

const records = Array.from({ length: RECORDS }, (_, i): PlainRecord => {
  const n = String(i).padStart(6, "0");
  return {
    timeUnixNano: 1_795_600_000_000_000_000n + BigInt(i) * 1_000_003n,
    severityNumber: 9,
    severityText: "INFO",
    body: `order ${n} was placed by customer ${n} and paid with card, 3 articles, total 128.40 EUR`,
    attributes: {
      "db.system.name": "tidb",
      "user.name": `shop_${n}`,
      "client.address": "10.20.30.40",
      "session.id": `405${n}`,
      "db.query.text": `SELECT id, name, price FROM products WHERE id = ${n}`,
      "log.file.name": "tidb.log",
    },
  };
});
const resource = { attributes: { "service.name": "shop", "host.name": "web-1" } };
const contenders: Readonly<Record<string, LogBatch>> = {
  columns: columnBatchOf(resource, records),
  objects: new ObjectBatch(resource, records),
};

const folder = mkdtempSync(join(tmpdir(), "tidewatch-bench-"));
try {
  const rows: Record<string, { recordsPerSecond: number; recordsPerCpuSecond: number }> = {};
  for (const [name, batch] of Object.entries(contenders)) {
    const storage: StorageExtension = {
      storage: () => {
        throw new Error("no small state is kept");
      },
      directory: (id) => join(folder, id),
    };
    const context = fakeContext({ id: name, clock: systemClock, extensions: { file_storage: storage } });
    const config = schema.parse({ sending_queue: { storage: "file_storage", min_free_bytes: 0 } });
    let sent = 0;
    const all = Promise.withResolvers<void>();
    const send = (taken: LogBatch): Promise<object> => {
      sent += taken.size;
      if (sent === batches * RECORDS) all.resolve();
      return Promise.resolve({});
    };
    const sender = createSender(send, context, config);
    await sender.start();
    const cpu = process.cpuUsage();
    const start = performance.now();
    // Four sources at a time, as receivers do.
    let next = 0;
    const source = async (): Promise<void> => {
      while (next++ < batches) await sender.consume(batch, never);
    };
    await Promise.all([source(), source(), source(), source()]);
    await all.promise;
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    await sender.shutdown(AbortSignal.timeout(5000));
    const count = batches * RECORDS;
    rows[name] = { recordsPerSecond: count / seconds, recordsPerCpuSecond: count / ((user + system) / 1e6) };
    process.stdout.write(
      `${name.padEnd(10)} ${(count / seconds).toFixed(0).padStart(10)} records/s ` +
        `${rows[name].recordsPerCpuSecond.toFixed(0).padStart(10)} records per CPU second\n`,
    );
  }
  process.stdout.write(`${JSON.stringify({ bench: "durable-records", batches, records: RECORDS, rows })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
