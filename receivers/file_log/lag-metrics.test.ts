import assert from "node:assert/strict";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Consumer } from "#core/consumer.ts";
import { systemClock } from "#service/clock.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { readableMeter, type Series } from "#test/support/read-metrics.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { fileLogReceiver } from "./index.ts";

/** A consumer that lets nothing go on until it is opened. */
function closedConsumer(): Consumer & { open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { consume: () => promise, open: resolve };
}

async function tailing(include: string, next: Consumer) {
  const { meter, read } = readableMeter();
  const context = { ...fakeContext({ id: "file_log", clock: systemClock }), meter };
  const raw = { include: [include], poll_interval: "5ms", start_at: "beginning", force_flush_period: "20ms" };
  const receiver = fileLogReceiver.prepare(raw)(context, next);
  await receiver.start?.(new AbortController().signal);
  return {
    read,
    /** Resolves with the series once they are as wanted. */
    async until(wanted: (series: Series) => boolean): Promise<Series> {
      for (;;) {
        const series = await read();
        if (wanted(series)) return series;
        await setImmediate();
      }
    },
    [Symbol.asyncDispose]: async () => receiver.shutdown?.(AbortSignal.timeout(50)),
  };
}

const bytesOf = (path: string): string => `tidewatch_file_log_lag_bytes{receiver="file_log",log_file_path="${path}"}`;
const secondsOf = (path: string): string =>
  `tidewatch_file_log_lag_seconds{receiver="file_log",log_file_path="${path}"}`;
const TOTAL = 'tidewatch_file_log_total_lag_bytes{receiver="file_log"}';

test("while nothing is taken the lag of a file grows in bytes and age, also with what came after the last read", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "tidb.log");
  await writeFile(path, "one\n");
  const next = closedConsumer();
  await using tail = await tailing(path, next);
  const first = await tail.until((series) => series.get(bytesOf(path)) === 4);
  await appendFile(path, "two\n".repeat(1000));
  const later = await tail.until((series) => series.get(bytesOf(path)) === 4004);
  assert.equal(later.get(TOTAL), 4004);
  assert.ok((later.get(secondsOf(path)) ?? 0) > (first.get(secondsOf(path)) ?? 0), "the first byte has waited longer");
  next.open();
  const last = await tail.until((series) => series.get(TOTAL) === 0);
  assert.equal(last.get(bytesOf(path)), 0);
  assert.equal(last.get(secondsOf(path)), 0);
});

test("a file that is gone leaves no series", async () => {
  await using dir = await tempDir();
  const [stays, goes] = [join(dir.path, "a.log"), join(dir.path, "b.log")];
  await writeFile(stays, "a\n");
  await writeFile(goes, "b\n");
  const next = closedConsumer();
  next.open();
  await using tail = await tailing(join(dir.path, "*.log"), next);
  await tail.until((series) => series.has(bytesOf(goes)) && series.has(bytesOf(stays)));
  await rm(goes);
  const series = await tail.until((now) => !now.has(bytesOf(goes)));
  assert.ok(series.has(bytesOf(stays)) && !series.has(secondsOf(goes)));
  assert.equal(series.get('otelcol_fileconsumer_open_files{receiver="file_log"}'), 1);
});

test("of many files the twenty that wait longest have a series, the sum has all", async () => {
  await using dir = await tempDir();
  await mkdir(join(dir.path, "logs"));
  for (let i = 0; i < 50; i++) await writeFile(join(dir.path, `logs/${i}.log`), "xxx\n");
  await using tail = await tailing(join(dir.path, "logs/*.log"), closedConsumer());
  const series = await tail.until((now) => now.get(TOTAL) === 200);
  const shown = [...series.keys()].filter((key) => key.startsWith("tidewatch_file_log_lag_bytes"));
  assert.equal(shown.length, 20);
});
